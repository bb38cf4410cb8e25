import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'

/** The house rules that no compiler holds. docs/architecture.md says them in prose; this file reads the sources. */
const ROOT = path.join(import.meta.dirname, '..')
const MAX_LINES = 250
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
  action: ['@actions/core', 'smol-toml', 'undici', 'yaml'],
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
  // Between the parts of AWS keys and the one Secret in which they travel.
  'src/core/credentials/aws-keys.ts',
  // What signs the App's assertion, and a rotated refresh token on its way to the supervisor.
  'src/sidecar/worker/credentials/mint-from-issuer.ts',
  'src/sidecar/worker/run-worker.ts',
  // AWS keys into a signature, of a request and of a probe.
  'src/sidecar/worker/forward.ts',
  'src/sidecar/worker/validation/prober.ts',
  // Into the one header of the one upstream, and out of what that upstream echoes.
  'src/sidecar/worker/provider-runtime.ts',
  // To GitHub itself: discovery, exchange, and the kind of a token by its prefix.
  'src/sidecar/worker/validation/discover-copilot.ts',
  'src/sidecar/worker/validation/exchange-credential.ts',
  'src/sidecar/worker/validation/prepare-copilot.ts',
  'src/sidecar/worker/validation/rediscover.ts',
]

const BANNED_NAMES = /(^|[-.])(utils?|helpers?|common|misc|internal)([-.]|$)/

interface SourceFile {
  readonly name: string
  readonly room: Room
  readonly text: string
  /** Text without comments, strings kept: what the rules about code look at. */
  readonly code: string
  readonly imports: readonly string[]
}

const sources = listFiles('src')
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts')) // declarations describe foreign packages
  .map(readSource)

function listFiles(directory: string): string[] {
  return readdirSync(path.join(ROOT, directory), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort()
}

function readSource(name: string): SourceFile {
  const text = readFileSync(path.join(ROOT, name), 'utf8')
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[^:'"`])\/\/.*$/gm, '$1')
  const imports = [...code.matchAll(/(?:^|\n)\s*(?:import|export)\b[^'"]*?\bfrom\s*['"]([^'"]+)['"]/g)]
    .concat([...code.matchAll(/(?:^|\n)\s*import\s*['"]([^'"]+)['"]/g)])
    .concat([...code.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g)])
    .map((match) => match[1] ?? '')
  return { name, room: name.split('/')[1] as Room, text, code, imports }
}

function resolveImport(file: SourceFile, specifier: string): string {
  return path.posix.join(path.posix.dirname(file.name), specifier)
}

const isRelative = (specifier: string): boolean => specifier.startsWith('.')
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
      file.imports
        .filter(isRelative)
        .map((specifier) => resolveImport(file, specifier))
        .filter((target) => {
          const room = target.split('/')[1] as Room
          return room !== file.room && !MAY_IMPORT[file.room].includes(room)
        })
        .map((target) => `${file.name} → ${target}`),
    )
    expect(crossings).toEqual([])
  })

  it('every relative import names an existing .ts file', () => {
    const names = new Set(sources.map((file) => file.name))
    const broken = sources.flatMap((file) =>
      file.imports
        .filter(isRelative)
        .map((specifier) => resolveImport(file, specifier))
        .filter((target) => !names.has(target))
        .map((target) => `${file.name} → ${target}`),
    )
    expect(broken).toEqual([])
  })

  it('a room uses only the packages listed for it', () => {
    const foreign = sources.flatMap((file) =>
      file.imports
        .filter((specifier) => !isRelative(specifier) && !specifier.startsWith('node:'))
        .filter((specifier) => !PACKAGES[file.room].includes(packageOf(specifier)))
        .map((specifier) => `${file.name} → ${specifier}`),
    )
    expect(foreign).toEqual([])
  })

  it('imports form no circle', () => {
    const edges = new Map(
      sources.map((file) => [
        file.name,
        file.imports.filter(isRelative).map((specifier) => resolveImport(file, specifier)),
      ]),
    )
    expect(findCircle(edges)).toEqual([])
  })
})

/** One circle of the graph as a list of files, or an empty list. Depth-first with the usual three colours. */
function findCircle(edges: ReadonlyMap<string, readonly string[]>): string[] {
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

describe('core and firewall', () => {
  const inCore = (file: SourceFile): boolean => file.room === 'core' || file.room === 'firewall'

  it('imports no Node module but isIP of node:net', () => {
    const found = sources.filter(inCore).flatMap((file) =>
      file.imports
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
    const importers = sources.filter((file) => file.imports.some((specifier) => specifier.startsWith('@actions/')))
    expect(importers.filter((file) => file.room !== 'action').map((file) => file.name)).toEqual([])
    expect(importers.length).toBeLessThanOrEqual(2)
  })

  it('nothing that the terminal face reaches imports the toolkit of Actions', () => {
    const byName = new Map(sources.map((file) => [file.name, file]))
    const reached = new Set<string>()
    const visit = (name: string): void => {
      const file = byName.get(name)
      if (file === undefined || reached.has(name)) return
      reached.add(name)
      for (const specifier of file.imports.filter(isRelative)) visit(resolveImport(file, specifier))
    }
    visit('src/entry/cli.ts')
    const files = [...reached].flatMap((name) => byName.get(name) ?? [])
    expect(files.some((file) => file.room === 'action')).toBe(true)
    expect(files.filter((file) => file.imports.some((name) => name.startsWith('@actions/')))).toEqual([])
  })

  it('a secret is revealed in the listed files only', () => {
    const revealing = sources.filter((file) => /\.reveal\(\)/.test(file.code)).map((file) => file.name)
    expect(revealing.filter((name) => !MAY_REVEAL.includes(name))).toEqual([])
  })
})

describe('sizes and names', () => {
  it(`files have at most ${MAX_LINES} lines, or give the reason in their first line`, () => {
    const long = sources
      .filter((file) => file.text.trimEnd().split('\n').length > MAX_LINES && !file.text.startsWith('// size: '))
      .map((file) => file.name)
    expect(long).toEqual([])
  })

  it('entries are short: they pass the environment in and nothing else', () => {
    const long = sources.filter((file) => file.room === 'entry' && file.text.trimEnd().split('\n').length > 40)
    expect(long.map((file) => file.name)).toEqual([])
  })

  it('file names are kebab-case and say what is inside', () => {
    const names = sources.map((file) => file.name).filter((name) => !/^[a-z0-9/-]+\.ts$/.test(name))
    const vague = sources.map((file) => file.name).filter((name) => BANNED_NAMES.test(path.posix.basename(name, '.ts')))
    expect([...names, ...vague]).toEqual([])
  })

  it('the compiler is never silenced and nothing is left to be done', () => {
    expect(sources.filter((file) => /@ts-(ignore|expect-error|nocheck)|\b(TODO|FIXME|XXX)\b/.test(file.text))).toEqual(
      [],
    )
  })

  it('there are no enums and no default exports', () => {
    expect(findInCode(/\bexport default\b|^\s*(export )?(const )?enum\b/gm, () => true)).toEqual([])
  })
})
