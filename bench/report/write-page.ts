import { readFileSync, writeFileSync } from 'node:fs'

const BEGIN = '<!-- bench:begin (written by `npm run bench -- --write`) -->'
const END = '<!-- bench:end -->'

/** Replaces the part of the page between the markers. Throws when they are missing: nothing else of it is ours. */
export function writePage(file: string, text: string): void {
  const page = readFileSync(file, 'utf8')
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (begin < 0 || end < begin) throw new Error(`${file} lacks the markers ${BEGIN} and ${END}`)
  writeFileSync(file, `${page.slice(0, begin + BEGIN.length)}\n\n${text.trim()}\n\n${page.slice(end)}`)
}
