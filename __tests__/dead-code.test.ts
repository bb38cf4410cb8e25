import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import {
  type Export,
  importsOf,
  ROOT,
  reachFrom,
  readSources,
  resolveImport,
  type SourceFile,
} from './support/source-graph.ts'

/** Nothing stands here that nobody uses: modules, exports, packages, tools of the tests. */
const sources = readSources('src')
const tests = readSources('__tests__')
const scripts = readSources('scripts')
const bench = readSources('bench')
const fuzz = readSources('fuzz')
const everything = [...sources, ...tests, ...scripts, ...bench, ...fuzz]

/**
 * Exports that only tests import, and why. All are used within their own file, so the code is alive; what is used nowhere but in
 * tests has no place here.
 */
const FOR_TESTS: Readonly<Record<string, string>> = {
  // Limits: a test goes up to one and one beyond.
  'src/core/credentials/parse-command-output.ts LONGEST_TEXT': 'limit',
  'src/core/credentials/refresh-window.ts UNKNOWN_LIFETIME_MS': 'limit',
  'src/core/egress-wire/client-hello.ts MAX_CLIENT_HELLO': 'limit',
  'src/core/egress-wire/proxy-head.ts MAX_PROXY_HEAD': 'limit',
  'src/core/report/create-report.ts MAX_MODELS': 'limit',
  'src/core/usage/find-model.ts MODEL_HEAD_BYTES': 'limit',
  'src/sidecar/worker/client/head-collector.ts MAX_HEAD_BYTES': 'limit',
  // Names that a test compares with what came over the wire, and classes of what is thrown.
  'src/core/refusals.ts REFUSAL_HEADER': 'name on the wire',
  'src/sidecar/worker/proxy-tunnel.ts ProxyRefusedError': 'thrown class',
  // Pure parts with tables of their own, where the whole has effects.
  'src/core/credentials/read-expiry.ts parseInstant': 'part with a table',
  'src/core/credentials/read-expiry.ts parseJwtExpiry': 'part with a table',
  'src/core/policy/policy-index.ts createPolicyIndex': 'compared with the plain search that it replaces',
  'src/core/report/create-report.ts increase': 'builds figures for tests of what shows them',
  'src/core/report/create-report.ts openFigures': 'builds figures for tests of what shows them',
  'src/core/report/create-report.ts openModel': 'builds figures for tests of what shows them',
  'src/egress/guard/container-networks.ts deriveContainerNetworks': 'part with a table',
  'src/egress/guard/mounts.ts parseMountPoints': 'part with a table',
  'src/egress/guard/privileges/lock-sudo.ts deriveFileName': 'part with a table',
  'src/egress/guard/privileges/lock-sudo.ts renderSudoers': 'part with a table',
  'src/egress/guard/privileges/verify-powerless.ts findGrant': 'part with a table',
  'src/egress/guard/privileges/writable-by.ts isReplaceableIn': 'part with a table',
  'src/egress/guard/privileges/writable-by.ts isWritableBy': 'part with a table',
  'src/sidecar/worker/upstream-lookup.ts parseHosts': 'part with a table',
}

/** `file name` → files that import it; whoever takes everything counts for each. */
const users = new Map<string, Set<string>>()
for (const file of everything) {
  for (const { specifier, names } of file.imports) {
    const target = resolveImport(file.name, specifier)
    for (const name of names) {
      const key = `${target} ${name}`
      users.set(key, (users.get(key) ?? new Set()).add(file.name))
    }
  }
}
const usersOf = (file: SourceFile, { name }: Export): readonly string[] =>
  [name, '*'].flatMap((taken) => [...(users.get(`${file.name} ${taken}`) ?? [])])

const isTool = (user: string): boolean => user.startsWith('src/') || user.startsWith('scripts/')
const countWord = (text: string, word: string): number => text.match(new RegExp(`\\b${word}\\b`, 'g'))?.length ?? 0

describe('src', () => {
  it('has no module that no entry reaches', () => {
    const entries = sources.filter(({ name }) => name.startsWith('src/entry/')).map(({ name }) => name)
    const reached = reachFrom(entries, sources)
    expect(sources.map(({ name }) => name).filter((name) => !reached.has(name))).toEqual([])
  })

  const pairs = sources.flatMap((file) =>
    file.exports.map((item) => ({ file, item, key: `${file.name} ${item.name}` })),
  )

  it('exports no value that only its own file uses, or only tests without a reason', () => {
    const unused = pairs
      .filter(({ file, item }) => item.kind === 'value' && !usersOf(file, item).some(isTool))
      .map(({ key }) => key)
    expect(unused.filter((key) => !(key in FOR_TESTS))).toEqual([])
  })

  it('has no type that is named once, where it is declared', () => {
    const unused = pairs.filter(
      ({ file, item }) =>
        item.kind === 'type' && !usersOf(file, item).some(isTool) && countWord(file.code, item.name) < 2,
    )
    expect(unused.map(({ key }) => key)).toEqual([])
  })

  it('uses within its own file whatever is exported for tests, and tests use it', () => {
    const known = new Map(pairs.map((pair) => [pair.key, pair]))
    const stale = Object.keys(FOR_TESTS).filter((key) => {
      const pair = known.get(key)
      if (pair === undefined || countWord(pair.file.code, pair.item.name) < 2) return true
      const found = usersOf(pair.file, pair.item)
      return found.length === 0 || found.some(isTool)
    })
    expect(stale).toEqual([])
  })
})

/** Text of everything that may start a tool or name one: workflows, package.json, configuration, and every source. */
function readStarters(): readonly { readonly name: string; readonly text: string }[] {
  const names = execFileSync('git', ['-c', 'safe.directory=*', 'ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' })
  return names
    .split('\0')
    .filter((name) => /^(\.github|\.ci)\//.test(name) || /^[^/]+\.(js|json)$/.test(name))
    .filter((name) => name !== 'package-lock.json')
    .map((name) => ({ name, text: readFileSync(path.join(ROOT, name), 'utf8') }))
}

describe('scripts, bench and what serves the tests', () => {
  const starters = readStarters()

  it('have no file that nothing imports or starts', () => {
    const isStarted = (file: SourceFile): boolean => {
      if (file.name.endsWith('.test.ts')) return true
      const base = path.basename(file.name)
      const others = everything.filter(({ name }) => name !== file.name)
      return (
        others.some((other) => importsOf(other).includes(file.name)) ||
        [...others, ...starters].some(({ text }) => text.includes(`${base}'`) || text.includes(`/${base}`)) ||
        // A stand-in for a foreign program is found by that program's name, on the PATH.
        (file.name.startsWith('__tests__/workflow/stand-ins/') &&
          others.some(({ text }) => text.includes(`'${base.replace('.ts', '')}'`))) ||
        // One peer of the benchmark is one file, started by its name without the ending.
        others.some(
          ({ text }) => file.name.startsWith('bench/peers/') && text.includes(`'${base.replace('.mjs', '')}'`),
        )
      )
    }
    const tools = [...tests, ...scripts, ...bench]
    expect(tools.filter((file) => !isStarted(file)).map(({ name }) => name)).toEqual([])
  })
})

describe('package.json', () => {
  const manifest = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>
    readonly devDependencies: Readonly<Record<string, string>>
    readonly scripts: Readonly<Record<string, string>>
    readonly overrides: { readonly '@actions/http-client': Readonly<Record<string, string>> }
  }
  const isImportedBy = (files: readonly SourceFile[], name: string): boolean =>
    files.some((file) => file.imports.some(({ specifier }) => specifier === name || specifier.startsWith(`${name}/`)))

  /** Packages that nothing imports, and who uses them. */
  const STARTED: Readonly<Record<string, RegExp>> = {
    '@biomejs/biome': /\bbiome (ci|check|format)\b/,
    '@cyclonedx/cyclonedx-library': /resolve\('@cyclonedx\/cyclonedx-library'\)/,
    '@swc/jest': /'@swc\/jest'/,
    '@types/markdown-it': /from 'markdown-it'/,
    '@types/node': /"types": \["node"\]/,
    '@vercel/ncc': /node_modules\/@vercel\/ncc/,
    jest: /node_modules\/jest\/bin\/jest\.js/,
    typescript: /node_modules\/typescript\/bin\/tsc/,
  }

  it('names no run-time package that src does not import', () => {
    // undici is what @actions/http-client runs on: "overrides" takes the version from here, so that the bundles hold one of today.
    const pinned = Object.keys(manifest.dependencies).filter(
      (name) => manifest.overrides['@actions/http-client'][name] === `$${name}`,
    )
    expect(pinned).toEqual(['undici'])
    const names = Object.keys(manifest.dependencies).filter((name) => !pinned.includes(name))
    expect(names.filter((name) => !isImportedBy(sources, name))).toEqual([])
  })

  it('names no development package that nothing uses', () => {
    const texts = [...everything, ...readStarters()].map(({ text }) => text)
    const unused = Object.keys(manifest.devDependencies).filter((name) => {
      if (isImportedBy(everything, name)) return name in STARTED
      return !(STARTED[name] !== undefined && texts.some((text) => STARTED[name]?.test(text)))
    })
    expect(unused).toEqual([])
  })

  it('has no command whose file is missing', () => {
    const files = Object.values(manifest.scripts).flatMap(
      (line) => line.match(/(?:scripts|bench|__tests__)\/[\w./-]+/g) ?? [],
    )
    const known = new Set(everything.map(({ name }) => name))
    expect(files.filter((name) => !known.has(name))).toEqual([])
  })
})
