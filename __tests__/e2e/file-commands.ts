import { readFileSync } from 'node:fs'

/** Reads what a step wrote into GITHUB_ENV, GITHUB_OUTPUT or GITHUB_STATE: `NAME=value` lines and `NAME<<DELIMITER` blocks. */
export function readFileCommands(file: string): Readonly<Record<string, string>> {
  const lines = readFileSync(file, 'utf8').split('\n')
  const entries: [string, string][] = []
  while (lines.length > 0) {
    const line = lines.shift() ?? ''
    const block = /^([^=<]+)<<(.+)$/.exec(line)
    const pair = /^([^=]+)=(.*)$/.exec(line)
    if (block !== null) entries.push([block[1] ?? '', takeBlock(lines, block[2] ?? '')])
    else if (pair !== null) entries.push([pair[1] ?? '', pair[2] ?? ''])
    else if (line !== '') throw new Error(`Not a file command: ${line.slice(0, 40)}`)
  }
  return Object.fromEntries(entries)
}

function takeBlock(lines: string[], delimiter: string): string {
  const end = lines.indexOf(delimiter)
  if (end < 0) throw new Error(`A file command is not closed by ${delimiter.slice(0, 40)}`)
  return lines
    .splice(0, end + 1)
    .slice(0, -1)
    .join('\n')
}
