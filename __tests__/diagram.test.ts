import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { importsOf, ROOT, readSources } from './support/source-graph.ts'

/** docs/architecture.md shows the house as it is: read back from the page, compared with the imports. */
const page = readFileSync(path.join(ROOT, 'docs', 'architecture.md'), 'utf8')
const sources = readSources('src')

const folderOf = (name: string): string => path.posix.dirname(name).replace('src/', '')
const roomOf = (folder: string): string => folder.split('/')[0] ?? ''
const sortUnique = (items: readonly string[]): string[] => [...new Set(items)].sort()

/** With the folders that hold nothing but folders. */
const withParents = (folder: string): string[] =>
  folder.split('/').map((_, index, parts) => parts.slice(0, index + 1).join('/'))
const folders = sortUnique(sources.flatMap(({ name }) => withParents(folderOf(name))))
const edges = sources.flatMap((file) =>
  importsOf(file).map((target) => [folderOf(file.name), folderOf(target)] as const),
)

function readBetween(marker: string): string {
  return new RegExp(`<!-- ${marker}:start -->([\\s\\S]*?)<!-- ${marker}:end -->`).exec(page)?.[1] ?? ''
}

/** Folders of a Mermaid text, by where their box stands. */
function readBoxes(text: string): string[] {
  const open: string[] = []
  const found: string[] = []
  for (const line of text.split('\n')) {
    const [, group, name] = /^ *(subgraph )?\w+\["([a-z-]+)\/"\]$/.exec(line) ?? []
    if (name !== undefined) found.push([...open, name].join('/'))
    if (name !== undefined && group !== undefined) open.push(name)
    if (line.trim() === 'end') open.pop()
  }
  return found.sort()
}

describe('the diagram of the rooms', () => {
  const text = readBetween('rooms')

  it('has a box for every folder of src, and no other', () => {
    expect(readBoxes(text)).toEqual(folders)
  })

  it('has an arrow for every import between rooms, and no other', () => {
    const arrows = [...text.matchAll(/^ *(\w+) --> (\w+)$/gm)].map(([, from, to]) => `${from} → ${to}`)
    const rooms = edges.map(([from, to]) => [roomOf(from), roomOf(to)] as const).filter(([from, to]) => from !== to)
    expect(arrows.sort()).toEqual(sortUnique(rooms.map(([from, to]) => `${from} → ${to}`)))
    expect(arrows.length).toBeGreaterThan(5)
  })
})

describe('the table of folders', () => {
  it('has every import between folders of one room, and no other', () => {
    const rows = [...readBetween('folders').matchAll(/^\| `([a-z/-]+)` \| (.*) \|$/gm)]
    const shown = rows.flatMap(([, from, targets = '']) =>
      [...targets.matchAll(/`([a-z/-]+)`/g)].map(([, to]) => `${from} → ${to}`),
    )
    const inner = edges.filter(([from, to]) => from !== to && roomOf(from) === roomOf(to))
    expect(shown.sort()).toEqual(sortUnique(inner.map(([from, to]) => `${from} → ${to}`)))
  })
})
