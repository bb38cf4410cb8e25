// The diagram of the rooms and the table of what each folder imports, for docs/architecture.md, out of the sources.
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

const root = path.join(import.meta.dirname, '..')

/** In the order in which a reader meets them, from what starts to what everything stands on. */
const ORDER = ['entry', 'cli', 'action', 'sidecar', 'egress', 'firewall', 'core']

/** @returns {{ folders: string[], edges: [string, string][] }} folders below src that hold a source file, and which imports from which */
export function readFolders() {
  const files = readdirSync(path.join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /(?<!\.d)\.ts$/.test(entry.name))
    .map((entry) =>
      path.relative(path.join(root, 'src'), path.join(entry.parentPath, entry.name)).replaceAll('\\', '/'),
    )
  const edges = new Map()
  for (const file of files) {
    const from = path.posix.dirname(file)
    for (const [, target] of readFileSync(path.join(root, 'src', file), 'utf8').matchAll(/ from '(\.[^']+)'/g)) {
      const to = path.posix.dirname(path.posix.join(from, target))
      if (to !== from) edges.set(`${from} ${to}`, [from, to])
    }
  }
  return { folders: [...new Set(files.map((file) => path.posix.dirname(file)))].sort(), edges: [...edges.values()] }
}

const roomOf = (folder) => folder.split('/')[0]
const idOf = (folder) => folder.replaceAll(/[/-]/g, '_')

/** Every room with all its folders inside, and which room imports from which. */
export function renderRoomDiagram({ folders, edges }) {
  const rooms = ORDER.flatMap((room) => renderNode(room, folders, 1))
  const pairs = new Set(edges.map(([from, to]) => `${roomOf(from)} ${roomOf(to)}`))
  const arrows = ORDER.flatMap((from) =>
    ORDER.filter((to) => from !== to && pairs.has(`${from} ${to}`)).map((to) => `  ${from} --> ${to}`),
  )
  return ['```mermaid', 'flowchart TB', ...rooms, ...arrows, '```', ''].join('\n')
}

function renderNode(folder, folders, depth) {
  const indent = '  '.repeat(depth)
  const name = `${path.posix.basename(folder)}/`
  const inner = folders.filter((other) => path.posix.dirname(other) === folder)
  if (inner.length === 0) return [`${indent}${idOf(folder)}["${name}"]`]
  const nodes = inner.flatMap((other) => renderNode(other, folders, depth + 1))
  return [`${indent}subgraph ${idOf(folder)}["${name}"]`, ...nodes, `${indent}end`]
}

/** What a folder imports from others of its own room; what it takes of other rooms is in the diagram. */
export function renderFolderTable({ folders, edges }) {
  const rows = folders
    .map((folder) => ({
      folder,
      inner: edges.filter(([from, to]) => from === folder && roomOf(to) === roomOf(folder)),
    }))
    .filter(({ inner }) => inner.length > 0)
    .sort((left, right) => ORDER.indexOf(roomOf(left.folder)) - ORDER.indexOf(roomOf(right.folder)))
    .map(
      ({ folder, inner }) =>
        `| \`${folder}\` | ${inner
          .map(([, to]) => to)
          .sort()
          .map((to) => `\`${to}\``)
          .join(', ')} |`,
    )
  return ['| folder of `src/` | imports from, within its room |', '|---|---|', ...rows, ''].join('\n')
}
