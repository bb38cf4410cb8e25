import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { parse } from 'yaml'
import { ALL_SOURCE_CAUSES } from '../src/core/credentials/source-cause-table.ts'
import { isInputName } from '../src/core/inputs/input-table.ts'
import { BLOCK_REASON_NAMES } from '../src/core/policy/reasons.ts'
import { CAUSES } from '../src/core/probes/cause-table.ts'
import { REFUSALS } from '../src/core/refusals.ts'

/** Prose that can drift is held here: paths, links and anchors of every page, and traces of the machine a file was written on. */
const ROOT = path.join(import.meta.dirname, '..')

function readText(name: string): string {
  return readFileSync(path.join(ROOT, name), 'utf8')
}

/** Files that git knows of and that are there. CI may run as another user than the one who cloned. */
function listTracked(): string[] {
  return execFileSync('git', ['-c', 'safe.directory=*', 'ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' })
    .split('\0')
    .filter((name) => name !== '' && existsSync(path.join(ROOT, name)))
}

function listPages(): string[] {
  const docs = readdirSync(path.join(ROOT, 'docs'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
  return [...docs.sort(), 'README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md']
}

describe('prose', () => {
  const pages = listPages()

  it.each(pages)('%s names only paths that exist', (page) => {
    expect(findDeadPaths(page)).toEqual([])
  })

  it.each(pages)('%s links only to pages and headings that exist', (page) => {
    expect(findDeadLinks(page)).toEqual([])
  })

  it.each(pages)('%s shows steps of this action with inputs that exist', (page) => {
    expect(findUnknownInputs(page)).toEqual([])
  })

  it('docs/architecture.md shows the rooms and folders that there are', () => {
    expect(readRoomTree()).toEqual(listRooms())
  })

  it('docs/troubleshooting.md has a heading for every fault, refusal, cause and reason of the firewall', () => {
    const union = /export type FaultCode =([^\n]*\n(?: {2}\|[^\n]*\n)*)/.exec(readText('src/core/fault.ts'))?.[1] ?? ''
    const faults = [...union.matchAll(/'([a-z-]+)'/g)].map((match) => match[1] ?? '')
    const causes = [...CAUSES, ...ALL_SOURCE_CAUSES].map((cause) => cause.code)
    const codes = [...faults, ...Object.keys(REFUSALS), ...causes, ...BLOCK_REASON_NAMES]
    const anchors = listAnchors('docs/troubleshooting.md')
    expect(faults).toContain('secret-missing')
    expect(codes.filter((code) => !anchors.includes(code))).toEqual([])
  })

  it('tracked files name no machine of a developer and no registry host', () => {
    expect(findMachineTraces()).toEqual([])
  })
})

/** Inputs in the YAML examples of a page that the action does not have; a block that is no YAML is a finding too. */
function findUnknownInputs(page: string): string[] {
  const blocks = [...readText(page).matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? '')
  return blocks
    .flatMap((block) => findSteps(parse(block)))
    .flatMap((inputs) => inputs.filter((name) => !isInputName(name)))
}

/** Names under `with:` of every step that uses this action, at whatever depth. */
function findSteps(node: unknown): string[][] {
  if (typeof node !== 'object' || node === null) return []
  const { uses, with: inputs } = node as { readonly uses?: unknown; readonly with?: object }
  const own = typeof uses === 'string' && uses.startsWith('OWNER/setup-agent-proxy@') ? [Object.keys(inputs ?? {})] : []
  return [...own, ...Object.values(node).flatMap(findSteps)]
}

/** Rooms and their folders, one level deep, that hold a source file. */
function listRooms(): string[] {
  const files = listTracked()
    .filter((name) => name.startsWith('src/'))
    .map((name) => name.split('/').slice(1, -1))
  const folders = files.flatMap(([room = '', folder]) =>
    folder === undefined ? [`${room}/`] : [`${room}/`, `${room}/${folder}/`],
  )
  return [...new Set(folders)].sort()
}

/** The tree of rooms in docs/architecture.md, as sorted paths below src. */
function readRoomTree(): string[] {
  const tree = /^src\/\n((?: {2}.*\n)+)/m.exec(readText('docs/architecture.md'))?.[1] ?? ''
  let room = ''
  const paths = [...tree.matchAll(/^( +)([a-z-]+\/)/gm)].map(([, indent = '', name = '']) => {
    if (indent.length === 2) room = name
    return indent.length === 2 ? name : room + name
  })
  return paths.sort()
}

/** Paths in backticks that start with one of our top-level directories. A `*` or `<name>` in a path makes it a pattern: not checked. */
function findDeadPaths(page: string): string[] {
  const text = readText(page)
  const roots = 'src|docs|scripts|__tests__|examples|bench|\\.github|\\.ci'
  return [...text.matchAll(new RegExp(`\`((?:${roots})/[\\w./-]*)\``, 'g'))]
    .map((match) => match[1] ?? '')
    .filter((name) => !existsSync(path.join(ROOT, name)))
}

function findDeadLinks(page: string): string[] {
  const text = readText(page)
  return [...text.matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g)]
    .map((match) => match[1] ?? '')
    .filter((link) => {
      const [file = '', anchor] = link.split('#')
      const target = file === '' ? page : path.posix.join(path.posix.dirname(page), file)
      if (!existsSync(path.join(ROOT, target))) return true
      return anchor !== undefined && !listAnchors(target).includes(anchor)
    })
}

/** Anchors as GitHub derives them from headings, and explicit `<a id="…">`. */
function listAnchors(page: string): string[] {
  const text = readText(page)
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map((match) =>
    (match[1] ?? '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  )
  return [...headings, ...[...text.matchAll(/<a id="([^"]+)">/g)].map((match) => match[1] ?? '')]
}

function findMachineTraces(): string[] {
  // Spelled in parts, so that this file is not its own finding.
  const traces = new RegExp(
    [
      ['registry', 'npmjs', 'org'].join('\\.'),
      ['npm', 'pkg', 'github', 'com'].join('\\.'),
      '(clis|copilot-cli|demand|awf|firewall|performance|toolchain|style)\\.md §',
      `/${'work'}/(main|shared)`,
      `/${'home'}/(?!runner\\b)[a-z]+/`,
      `/${'Users'}/(?!runner\\b)[A-Za-z]+/`,
    ].join('|'),
  )
  const tracked = listTracked().filter((name) => !name.startsWith('dist/'))
  return tracked.filter((name) => traces.test(readFileSync(path.join(ROOT, name), 'latin1')))
}
