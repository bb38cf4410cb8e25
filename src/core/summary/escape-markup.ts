/**
 * Foreign text (model names, upstream messages, log lines) in a Markdown document that GitHub renders. Nothing of it may become
 * markup, a link, a mention, an image or a new table cell.
 */

const LONGEST = 300

/** Text for a table cell or a sentence: every character with a meaning in Markdown or HTML becomes a numeric entity. */
export function escapeText(text: string): string {
  return (
    shorten(text)
      .replace(/[^\p{L}\p{N} .,;'’–…()/-]/gu, (character) => `&#${character.codePointAt(0)};`)
      // GitHub makes a link of every name that begins so.
      .replace(/(www)\./gi, '$1&#46;')
  )
}

/** The same, set as code: there GitHub makes neither links nor mentions of it. */
export function escapeCode(text: string): string {
  return `<code>${escapeText(text)}</code>`
}

function shorten(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]+/gu, ' ').trim()
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line
}
