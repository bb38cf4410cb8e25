import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { INPUTS } from '../../src/core/inputs/input-table.ts'

/**
 * Room: demo. A small stand-in for the runner: starts a bundle as the runner does (inputs as INPUT_*, files for variables,
 * outputs, state and summary), reads what it wrote and masks what it asked to have masked.
 */
export interface DemoJob {
  readonly directory: string
  /** Variables of the job as later steps see them: what main exported, over what was there. */
  readonly exported: ReadonlyMap<string, string>
  readonly outputs: ReadonlyMap<string, string>
  readonly masks: ReadonlySet<string>
  readonly run: (bundle: 'main' | 'post', inputs: Readonly<Record<string, string>>) => Promise<StepResult>
  readonly close: () => void
}

export interface StepResult {
  readonly code: number
  readonly milliseconds: number
  /** Output with masks applied, workflow commands left out. */
  readonly output: string
  /** Titled annotations: `error`, `warning`, `notice`. */
  readonly annotations: readonly { readonly level: string; readonly title: string; readonly message: string }[]
  readonly summary: string
}

const COMMAND_FILES = ['GITHUB_ENV', 'GITHUB_OUTPUT', 'GITHUB_STATE', 'GITHUB_PATH', 'GITHUB_STEP_SUMMARY'] as const

type CommandFiles = Readonly<Record<(typeof COMMAND_FILES)[number], string>>

export interface JobOptions {
  readonly root: string
  readonly serverUrl: string
  readonly apiUrl: string
}

export function createDemoJob(options: JobOptions): DemoJob {
  const directory = mkdtempSync(path.join(tmpdir(), 'agent-proxy-demo-'))
  for (const name of ['home', 'temp', 'tools', 'workspace']) mkdirSync(path.join(directory, name))
  const exported = new Map<string, string>()
  const outputs = new Map<string, string>()
  const state = new Map<string, string>()
  const masks = new Set<string>()
  const run: DemoJob['run'] = async (bundle, inputs) => {
    const files = createCommandFiles(directory)
    const environment = {
      ...jobEnvironment(options, directory),
      ...Object.fromEntries(exported),
      ...renderInputs(options, inputs),
      ...Object.fromEntries([...state].map(([name, value]) => [`STATE_${name}`, value])),
      ...files,
    }
    const start = performance.now()
    const { code, text } = await runBundle(path.join(options.root, 'dist', bundle, 'index.js'), environment)
    const milliseconds = performance.now() - start
    for (const mask of parseMasks(text)) masks.add(mask)
    readPairs(files.GITHUB_ENV, exported)
    readPairs(files.GITHUB_OUTPUT, outputs)
    readPairs(files.GITHUB_STATE, state)
    const summary = readFileSync(files.GITHUB_STEP_SUMMARY, 'utf8')
    return { code, milliseconds, summary, ...renderOutput(text, masks) }
  }
  const close = (): void => rmSync(directory, { recursive: true, force: true })
  return { directory, exported, outputs, masks, run, close }
}

function jobEnvironment({ serverUrl, apiUrl }: JobOptions, directory: string): Record<string, string> {
  const kept = ['PATH', 'SystemRoot', 'ComSpec', 'PATHEXT', 'TMPDIR', 'TEMP', 'TMP']
  const own = Object.fromEntries(kept.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])))
  const home = path.join(directory, 'home')
  return {
    ...(own as Record<string, string>),
    HOME: home,
    USERPROFILE: home,
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_SERVER_URL: serverUrl,
    GITHUB_API_URL: apiUrl,
    GITHUB_WORKSPACE: path.join(directory, 'workspace'),
    GITHUB_RUN_ID: '1',
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_JOB: 'demo',
    GITHUB_ACTION: 'proxy',
    RUNNER_TEMP: path.join(directory, 'temp'),
    RUNNER_TOOL_CACHE: path.join(directory, 'tools'),
    RUNNER_ENVIRONMENT: 'github-hosted',
    RUNNER_OS: { linux: 'Linux', darwin: 'macOS', win32: 'Windows' }[process.platform as string] ?? 'Linux',
    RUNNER_TRACKING_ID: 'demo',
  }
}

function createCommandFiles(directory: string): CommandFiles {
  const place = mkdtempSync(path.join(directory, 'commands-'))
  const entries = COMMAND_FILES.map((name) => [name, path.join(place, name)] as const)
  for (const [, file] of entries) writeFileSync(file, '')
  return Object.fromEntries(entries) as CommandFiles
}

/** The runner gives every input, with its default where the step says nothing. */
function renderInputs(options: JobOptions, given: Readonly<Record<string, string>>): Record<string, string> {
  const expressions: Readonly<Record<string, string>> = {
    'github-server-url': options.serverUrl,
    'github-api-url': options.apiUrl,
    // The demo changes nothing on the machine it runs on; a firewall would.
    'egress-policy': 'off',
  }
  const names = Object.keys(INPUTS) as (keyof typeof INPUTS)[]
  return Object.fromEntries(
    names.map((name) => [`INPUT_${name.toUpperCase()}`, given[name] ?? expressions[name] ?? INPUTS[name].default]),
  )
}

function runBundle(file: string, env: Record<string, string>): Promise<{ code: number; text: string }> {
  const { promise, resolve } = Promise.withResolvers<{ code: number; text: string }>()
  const child = spawn(process.execPath, [file], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.on('error', (error) => resolve({ code: 1, text: String(error) }))
  child.on('close', (code) => resolve({ code: code ?? 1, text: Buffer.concat(chunks).toString('utf8') }))
  return promise
}

const unescapeData = (text: string): string => text.replace(/%0D/g, '\r').replace(/%0A/g, '\n').replace(/%25/g, '%')
const unescapeProperty = (text: string): string => unescapeData(text).replace(/%3A/g, ':').replace(/%2C/g, ',')

function parseMasks(text: string): string[] {
  return [...text.matchAll(/^::add-mask::(.*)$/gm)].map((match) => unescapeData(match[1] ?? '')).filter(Boolean)
}

function renderOutput(text: string, masks: ReadonlySet<string>): Pick<StepResult, 'output' | 'annotations'> {
  const hide = (line: string): string => [...masks].reduce((shown, mask) => shown.replaceAll(mask, '***'), line)
  const annotations = [...text.matchAll(/^::(error|warning|notice)(?: ([^:]*))?::(.*)$/gm)].map((match) => ({
    level: match[1] ?? '',
    title: hide(unescapeProperty(/title=([^,]*)/.exec(match[2] ?? '')?.[1] ?? '')),
    message: hide(unescapeData(match[3] ?? '')),
  }))
  const lines = text.split('\n').filter((line) => !line.startsWith('::'))
  return { annotations, output: hide(lines.join('\n')) }
}

/** Reads `name=value` and `name<<delimiter … delimiter` as the runner does. */
function readPairs(file: string, into: Map<string, string>): void {
  const lines = readFileSync(file, 'utf8').split(/\r?\n/)
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? ''
    const heredoc = /^([^=]+?)<<(.+)$/.exec(line)
    if (heredoc === null) {
      const mark = line.indexOf('=')
      if (mark > 0) into.set(line.slice(0, mark), line.slice(mark + 1))
      continue
    }
    const end = lines.indexOf(heredoc[2] ?? '', index + 1)
    into.set(heredoc[1] ?? '', lines.slice(index + 1, end).join('\n'))
    index = end
  }
}
