import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { deriveNeedles } from '../e2e/needles.ts'

export interface KnownSecret {
  readonly name: string
  readonly value: string
}

export interface SearchedPlaces {
  /** Every file below them is read. */
  readonly directories: readonly string[]
  /** What was said on a pipe, or collected otherwise, by a name for the report. */
  readonly texts?: Readonly<Record<string, string>>
}

/** The shortest line of a text of several lines (a PEM) that is looked for on its own. */
const SHORTEST_LINE = 20

/**
 * Looks for secrets, in every spelling, in files, texts, and the command lines and environments of all other processes.
 * @returns where which was found; empty when nowhere.
 */
export function findLeaks(secrets: readonly KnownSecret[], places: SearchedPlaces): string[] {
  const needles = secrets.flatMap(({ name, value }) =>
    listTexts(value).flatMap((text) => deriveNeedles(name, text).map((needle) => ({ ...needle, value: needle.value }))),
  )
  const found = new Set<string>()
  for (const [where, text] of listPlaces(places)) {
    for (const { name, value } of needles) if (value !== '' && text.includes(value)) found.add(`${name} in ${where}`)
  }
  return [...found]
}

function listTexts(value: string): string[] {
  const lines = value.split('\n').filter((line) => line.length >= SHORTEST_LINE && !line.startsWith('-----'))
  return lines.length > 1 ? [value, ...lines] : [value]
}

function* listPlaces({ directories, texts = {} }: SearchedPlaces): Generator<readonly [where: string, text: string]> {
  yield* Object.entries(texts)
  for (const directory of directories) {
    for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name)
      if (entry.isFile()) yield [path, readText(path)]
    }
  }
  if (process.platform !== 'linux') return
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)) {
    for (const file of ['cmdline', 'environ']) yield [`/proc/${pid}/${file}`, readText(`/proc/${pid}/${file}`)]
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
