import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import {
  findCircle,
  importsOf,
  isRelative,
  type SourceFile as ReadFile,
  reachFrom,
  readBorders,
  readSources,
} from './support/source-graph.ts'

/** The house rules that no compiler holds. docs/architecture.md says them in prose; this file reads the sources. */
const MAX_LINES = 250
/** Tests are tables, and a table is read from above. */
const MAX_TEST_LINES = 500
const ROOMS = ['core', 'firewall', 'action', 'cli', 'sidecar', 'egress', 'entry'] as const
type Room = (typeof ROOMS)[number]

/** Room → rooms it may import from besides itself. */
const MAY_IMPORT: Readonly<Record<Room, readonly Room[]>> = {
  core: [],
  firewall: ['core'],
  action: ['core', 'firewall'],
  cli: ['core', 'firewall', 'action'],
  sidecar: ['core'],
  egress: ['core'],
  entry: ['core', 'firewall', 'action', 'cli', 'sidecar', 'egress'],
}

/** Packages by room; anything else is a new dependency of that process and needs a line here. */
const PACKAGES: Readonly<Record<Room, readonly string[]>> = {
  core: ['smol-toml', 'tldts', 'yaml'],
  firewall: [],
  action: ['@actions/core'],
  cli: ['commander'],
  sidecar: ['@smithy/signature-v4'],
  egress: [],
  entry: [],
}

/** The only places where a secret becomes text again: into a request head, into the one launch message, into a mask. */
const MAY_REVEAL = [
  // Down the stdin of the sidecar, once.
  'src/action/launch-message.ts',
  // Into the requests to issuers, and from the URL that the runner gives for GitHub's OIDC.
  'src/core/credentials/render-token-request.ts',
  'src/core/credentials/issuers/github-oidc.ts',
  // Between the parts of AWS keys and the one Secret in which they travel, and into what signs a request.
  'src/core/credentials/aws-keys.ts',
  // What signs the App's assertion, and a rotated refresh token on its way to the supervisor.
  'src/sidecar/worker/credentials/mint-from-issuer.ts',
  'src/sidecar/worker/run-worker.ts',
  // Into the one header of the one upstream, and out of what that upstream echoes.
  'src/sidecar/worker/provider-runtime.ts',
  // To GitHub itself: discovery, exchange, and the kind of a token by its prefix.
  'src/sidecar/worker/validation/discover-copilot.ts',
  'src/sidecar/worker/validation/exchange-credential.ts',
  'src/sidecar/worker/validation/prepare-copilot.ts',
  'src/sidecar/worker/validation/rediscover.ts',
]

const BANNED_NAMES = /(^|[-.])(utils?|helpers?|common|misc|internal)([-.]|$)/

interface SourceFile extends ReadFile {
  readonly room: Room
}

/** What is no part of the product: its tests, their tools, scripts and the benchmark. */
const around = ['__tests__', 'scripts', 'bench'].flatMap(readSources)
const sources: readonly SourceFile[] = readSources('src').map((file) => ({ ...file, room: roomOf(file.name) }))

function roomOf(name: string): Room {
  return name.split('/')[1] as Room
}

/** What a file imports that is none of ours. */
const foreignOf = (file: SourceFile): readonly string[] =>
  file.imports.map(({ specifier }) => specifier).filter((specifier) => !isRelative(specifier))

const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')

/** Files × matches of a pattern in code, as `file: match`. */
function findInCode(pattern: RegExp, where: (file: SourceFile) => boolean): string[] {
  return sources
    .filter(where)
    .flatMap((file) => [...file.code.matchAll(pattern)].map((match) => `${file.name}: ${match[0].trim()}`))
}

describe('layers', () => {
  it('src holds only the rooms of the architecture', () => {
    expect(sources.filter((file) => !ROOMS.includes(file.room)).map((file) => file.name)).toEqual([])
    expect(sources.length).toBeGreaterThan(20)
  })

  it('a room imports only from rooms below it', () => {
    const crossings = sources.flatMap((file) =>
      importsOf(file)
        .filter((target) => roomOf(target) !== file.room && !MAY_IMPORT[file.room].includes(roomOf(target)))
        .map((target) => `${file.name} → ${target}`),
    )
    expect(crossings).toEqual([])
  })

  it('every relative import names an existing .ts file', () => {
    const names = new Set(sources.map((file) => file.name))
    const broken = sources.flatMap((file) =>
      importsOf(file)
        .filter((target) => !names.has(target))
        .map((target) => `${file.name} → ${target}`),
    )
    expect(broken).toEqual([])
  })

  it('a room uses only the packages listed for it', () => {
    const foreign = sources.flatMap((file) =>
      foreignOf(file)
        .filter((specifier) => !specifier.startsWith('node:') && !PACKAGES[file.room].includes(packageOf(specifier)))
        .map((specifier) => `${file.name} → ${specifier}`),
    )
    expect(foreign).toEqual([])
  })

  it('no room has a package listed that it does not use', () => {
    const used = new Set(sources.flatMap((file) => foreignOf(file).map((name) => `${file.room} ${packageOf(name)}`)))
    const listed = ROOMS.flatMap((room) => PACKAGES[room].map((name) => `${room} ${name}`))
    expect(listed.filter((pair) => !used.has(pair))).toEqual([])
  })

  it('imports form no circle', () => {
    expect(findCircle(new Map(sources.map((file) => [file.name, importsOf(file)])))).toEqual([])
  })
})

describe('findCircle()', () => {
  it('finds a circle and names its files', () => {
    const edges = new Map([
      ['a', ['b']],
      ['b', ['c']],
      ['c', ['b']],
    ])
    expect(findCircle(edges)).toEqual(['b', 'c', 'b'])
  })
})

describe('readBorders()', () => {
  it('reads every way to import and export', () => {
    const text = `import 'node:fs'
      import a, { b as c, type D } from './a.ts'
      import * as e from './e.ts'
      export { f, g as h } from './f.ts'
      export * from './i.ts'
      export interface J { k: number }
      export const l = 1, m = () => import('./m.ts')
      export function n(): void {}
      export class O {}
      export type P = J
      const q = 1
      export { q }`
    const { imports, exports } = readBorders(text, 'x.ts')
    expect(Object.fromEntries(imports.map(({ specifier, names }) => [specifier, names]))).toEqual({
      'node:fs': [],
      './a.ts': ['default', 'b', 'D'],
      './e.ts': ['*'],
      './f.ts': ['f', 'g'],
      './i.ts': ['*'],
      './m.ts': ['*'],
    })
    expect(exports.map(({ name }) => name)).toEqual(['f', 'h', 'J', 'l', 'm', 'n', 'O', 'P', 'q'])
  })
})

describe('core and firewall', () => {
  const inCore = (file: SourceFile): boolean => file.room === 'core' || file.room === 'firewall'

  it('imports no Node module but isIP of node:net', () => {
    const found = sources.filter(inCore).flatMap((file) =>
      foreignOf(file)
        .filter((specifier) => specifier.startsWith('node:'))
        .filter((specifier) => specifier !== 'node:net' || !/import \{ isIP \} from 'node:net'/.test(file.code))
        .map((specifier) => `${file.name} → ${specifier}`),
    )
    expect(found).toEqual([])
  })

  it('touches no process, clock, timer, randomness, network or console', () => {
    const effects =
      // Links in sentences, such as https://console.cloud.google.com, are no effects.
      /(?<!\/\/)\b(process\.|Date\.now|new Date\(\)|performance\.|setTimeout|setInterval|setImmediate|Math\.random|crypto\.|fetch\(|console\.|globalThis\.)/g
    expect(findInCode(effects, inCore)).toEqual([])
  })
})

describe('effects', () => {
  it('the environment is read in the entries only', () => {
    expect(findInCode(/\bprocess\.env\b/g, (file) => file.room !== 'entry')).toEqual([])
  })

  it('only the port over the runner toolkit imports it', () => {
    const importers = sources.filter((file) => foreignOf(file).some((specifier) => specifier.startsWith('@actions/')))
    expect(importers.filter((file) => file.room !== 'action').map((file) => file.name)).toEqual([])
    expect(importers.length).toBeLessThanOrEqual(2)
  })

  it('nothing that the terminal face reaches imports the toolkit of Actions', () => {
    const reached = reachFrom(['src/entry/cli.ts'], sources)
    const files = sources.filter((file) => reached.has(file.name))
    expect(files.some((file) => file.room === 'action')).toBe(true)
    expect(files.filter((file) => foreignOf(file).some((name) => name.startsWith('@actions/')))).toEqual([])
  })

  it('a secret is revealed in the listed files only', () => {
    const revealing = sources.filter((file) => /\.reveal\(\)/.test(file.code)).map((file) => file.name)
    expect(revealing.sort()).toEqual([...MAY_REVEAL].sort())
  })
})

describe('sizes and names', () => {
  const countLines = (file: ReadFile): number => file.text.trimEnd().split('\n').length
  const limitOf = ({ name }: ReadFile): number => (name.endsWith('.test.ts') ? MAX_TEST_LINES : MAX_LINES)
  const hasReason = (file: ReadFile): boolean => file.text.startsWith('// size: ')

  it(`files have at most ${MAX_LINES} lines, tests ${MAX_TEST_LINES}, or give the reason in their first line`, () => {
    const wrong = [...sources, ...around].filter((file) => countLines(file) > limitOf(file) !== hasReason(file))
    expect(wrong.map((file) => file.name)).toEqual([])
  })

  it('every exported function and class says what it is for', () => {
    const exported = /^export (?:async )?(?:function\*? |class |const (?=\w+ = (?:async )?[(<]))(\w+)/gm
    const silent = sources.flatMap(({ name, text }) =>
      [...text.matchAll(exported)]
        .filter((match) => !/(\*\/|^\/\/.*)\n$/m.test(text.slice(0, match.index).split('\n').slice(-2).join('\n')))
        .map((match) => `${name}: ${match[1]}`),
    )
    expect(silent).toEqual([])
  })

  it('nothing is passed on by a barrel', () => {
    const barrels = sources.filter((file) => /^export (\* from|(type )?\{[^}]*\} from)/m.test(file.code))
    expect(barrels.map((file) => file.name)).toEqual([])
  })

  it('entries are short: they pass the environment in and nothing else', () => {
    const long = sources.filter((file) => file.room === 'entry' && file.text.trimEnd().split('\n').length > 40)
    expect(long.map((file) => file.name)).toEqual([])
  })

  it('file names are kebab-case and say what is inside', () => {
    const names = [...sources, ...around].map((file) => file.name.replace(/^__tests__\//, ''))
    const odd = names.filter((name) => !/^[a-z0-9/-]+(\.test)?\.(ts|mjs)$/.test(name))
    const vague = names.filter((name) => BANNED_NAMES.test(path.posix.basename(name).replace(/\.(ts|mjs)$/, '')))
    expect([...odd, ...vague]).toEqual([])
  })

  it('the compiler is never silenced and nothing is left to be done', () => {
    // Spelled so that this file is not its own finding.
    const silenced = /@ts-(?:ignore|expect-error|nocheck)|\b(?:TO[D]O|FI[X]ME|X[X]X)\b/
    const found = [...sources, ...around].filter((file) => silenced.test(file.text))
    expect(found.map((file) => file.name)).toEqual([])
  })

  it('there are no enums and no default exports', () => {
    expect(findInCode(/\bexport default\b|^\s*(export )?(const )?enum\b/gm, () => true)).toEqual([])
  })

  /** Tests that do, and why nothing else would show it. */
  const REPLACING: Readonly<Record<string, string>> = {
    '__tests__/cli/supervise-command.test.ts':
      'a signal that may not be sent: tests run as root too, which may send all',
    '__tests__/reliability/long-jobs.test.ts': 'hours pass, of every timer of a whole sidecar',
    '__tests__/sidecar/supervisor/hand-over.test.ts': 'an interval of seconds and its end',
    '__tests__/sidecar/supervisor/run-supervisor.test.ts': 'an end that takes half a minute, and pauses of a second',
    '__tests__/sidecar/upstream/response-parser.test.ts': 'counts copies, which nobody can see from outside',
  }

  it('no test replaces a module or the clock', () => {
    const mocks = /\bjest\.(mock|doMock|unstable_mockModule|useFakeTimers|spyOn)\(/
    const found = around.filter((file) => mocks.test(file.code)).map((file) => file.name)
    expect(found.filter((name) => !(name in REPLACING))).toEqual([])
    expect(Object.keys(REPLACING).filter((name) => !found.includes(name))).toEqual([])
  })
})
