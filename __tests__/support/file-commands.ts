import { readFileSync } from 'node:fs'

/**
 * Reads what a step wrote into GITHUB_ENV, GITHUB_OUTPUT or GITHUB_STATE, as the runner does: `NAME=value` lines and
 * `NAME<<DELIMITER` blocks. Throws on anything else.
 */
export function readFileCommands(file: string): Record<string, string> {
  const lines = readFileSync(file, 'utf8').split(/\r?\n/)
  const values: Record<string, string> = {}
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? ''
    if (line === '') continue
    const block = /^([^=<]+)<<(.+)$/.exec(line)
    const pair = /^([^=]+)=(.*)$/.exec(line)
    if (block?.[1] !== undefined) {
      const end = lines.indexOf(block[2] ?? '', index + 1)
      if (end < 0) throw new Error(`The block of ${block[1]} in ${file} does not end`)
      values[block[1]] = lines.slice(index + 1, end).join('\n')
      index = end
    } else if (pair?.[1] !== undefined) values[pair[1]] = pair[2] ?? ''
    else throw new Error(`Not a file command in ${file}: ${line.slice(0, 60)}`)
  }
  return values
}
