import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parseSync } from '@swc/core'

/** What the tests of the house look at: every file of a directory with what it imports and exports, read from its syntax tree. */
export const ROOT = path.join(import.meta.dirname, '..', '..')

export interface Import {
  /** As it stands in the file. */
  readonly specifier: string
  /** Names taken; `*` where all may be. */
  readonly names: readonly string[]
}

export interface Export {
  readonly name: string
  readonly kind: 'value' | 'type'
}

export interface SourceFile {
  /** Path from the root of the project, with slashes. */
  readonly name: string
  readonly text: string
  /** Text without comments, strings kept: what the rules about code look at. */
  readonly code: string
  readonly imports: readonly Import[]
  readonly exports: readonly Export[]
}

const CODE = /\.(ts|mjs)$/

/** The source files below a directory, sorted; declarations describe foreign packages and are left out. */
export function readSources(directory: string): readonly SourceFile[] {
  return listFiles(directory)
    .filter((name) => CODE.test(name) && !name.endsWith('.d.ts'))
    .map(readSource)
}

/** All files below a directory, as sorted paths from the root. */
export function listFiles(directory: string): string[] {
  return readdirSync(path.join(ROOT, directory), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort()
}

export const isRelative = (specifier: string): boolean => specifier.startsWith('.')

/** The path that a relative import of a file names, whether it exists or not. */
export const resolveImport = (file: string, specifier: string): string =>
  path.posix.join(path.posix.dirname(file), specifier)

/** Files of ours that a file imports, by path. */
export const importsOf = (file: SourceFile): readonly string[] =>
  file.imports
    .filter(({ specifier }) => isRelative(specifier))
    .map(({ specifier }) => resolveImport(file.name, specifier))

/** Everything that can be reached from some files along imports, those files included. */
export function reachFrom(starts: readonly string[], files: readonly SourceFile[]): ReadonlySet<string> {
  const byName = new Map(files.map((file) => [file.name, file]))
  const reached = new Set<string>()
  const waiting = [...starts]
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const file = byName.get(name)
    if (file === undefined || reached.has(name)) continue
    reached.add(name)
    waiting.push(...importsOf(file))
  }
  return reached
}

/** One circle of the graph as a list of files, or an empty list. Depth-first with the usual three colours. */
export function findCircle(edges: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>()
  const visit = (name: string, trail: readonly string[]): string[] => {
    if (trail.includes(name)) return [...trail.slice(trail.indexOf(name)), name]
    if (done.has(name)) return []
    for (const next of edges.get(name) ?? []) {
      const circle = visit(next, [...trail, name])
      if (circle.length > 0) return circle
    }
    done.add(name)
    return []
  }
  for (const name of edges.keys()) {
    const circle = visit(name, [])
    if (circle.length > 0) return circle
  }
  return []
}

function readSource(name: string): SourceFile {
  const text = readFileSync(path.join(ROOT, name), 'utf8')
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[^:'"`])\/\/.*$/gm, '$1')
  return { name, text, code, ...readBorders(text, name) }
}

type Body = ReturnType<typeof parseSync>['body'][number]

/** Imports and exports of a text. `name` says by its ending whether it has types. */
export function readBorders(text: string, name: string): Pick<SourceFile, 'imports' | 'exports'> {
  const syntax = name.endsWith('.ts') ? 'typescript' : 'ecmascript'
  const { body } = parseSync(text, { syntax, target: 'es2024' })
  // Imports within the code are calls, at whatever depth: found in the text.
  const called = [...text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]/g)].map(([, specifier = '']) => all(specifier))
  return { imports: [...body.flatMap(readImport), ...called], exports: body.flatMap(readExport) }
}

const all = (specifier: string): Import => ({ specifier, names: ['*'] })

function readImport(item: Body): Import[] {
  switch (item.type) {
    case 'ImportDeclaration':
      return [{ specifier: item.source.value, names: item.specifiers.map(nameOfImport) }]
    case 'ExportAllDeclaration':
      return [all(item.source.value)]
    case 'ExportNamedDeclaration':
      return item.source == null ? [] : [{ specifier: item.source.value, names: item.specifiers.map(nameOfOrigin) }]
    default:
      return []
  }
}

type ImportSpecifier = Extract<Body, { type: 'ImportDeclaration' }>['specifiers'][number]
type ExportSpecifier = Extract<Body, { type: 'ExportNamedDeclaration' }>['specifiers'][number]

function nameOfImport(specifier: ImportSpecifier): string {
  if (specifier.type === 'ImportNamespaceSpecifier') return '*'
  if (specifier.type === 'ImportDefaultSpecifier') return 'default'
  return specifier.imported?.value ?? specifier.local.value
}

const nameOfOrigin = (specifier: ExportSpecifier): string => ('orig' in specifier ? specifier.orig.value : '*')

function readExport(item: Body): Export[] {
  switch (item.type) {
    case 'ExportDefaultDeclaration':
    case 'ExportDefaultExpression':
      return [{ name: 'default', kind: 'value' }]
    case 'ExportNamedDeclaration':
      return item.specifiers.map((specifier) => ({
        name: 'exported' in specifier && specifier.exported ? specifier.exported.value : nameOfOrigin(specifier),
        kind: item.typeOnly ? 'type' : 'value',
      }))
    case 'ExportDeclaration':
      return readDeclaration(item.declaration)
    default:
      return []
  }
}

function readDeclaration(declaration: Extract<Body, { type: 'ExportDeclaration' }>['declaration']): Export[] {
  switch (declaration.type) {
    case 'TsInterfaceDeclaration':
    case 'TsTypeAliasDeclaration':
      return [{ name: declaration.id.value, kind: 'type' }]
    case 'VariableDeclaration':
      return declaration.declarations.map(({ id }) => ({ name: 'value' in id ? String(id.value) : '', kind: 'value' }))
    case 'ClassDeclaration':
    case 'FunctionDeclaration':
      return [{ name: declaration.identifier.value, kind: 'value' }]
    default:
      return []
  }
}
