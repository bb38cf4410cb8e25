const LONGEST = 200

/**
 * Foreign text as one short line. Marks that turn the direction of writing or cannot be seen would let a name look like another one;
 * each run of them becomes one visible character.
 */
export function cleanText(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\u2028\u2029]+/gu, '\ufffd')
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line
}
