import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { sharedAuthority } from '../../fakes/certificate.ts'
import { json } from '../../fakes/exchange.ts'
import { createCorporateProxy } from '../../fakes/fake-corporate-proxy.ts'
import { createFakeProvider } from '../../fakes/fake-provider.ts'
import { findLeaks } from '../../support/find-leaks.ts'
import { OIDC_URL } from '../../support/issuer-hosts.ts'
import type { Execution } from '../execution.ts'
import type { Fields } from '../parse-workflow.ts'
import { type JobRecord, runWorkflow } from '../run-workflow.ts'
import type { ProgramRecord } from '../stand-ins/ask-model.ts'
import { ACTIONS } from './action-stand-ins.ts'
import { readExample } from './agentic-workflow.ts'
import type { ExampleRow, ExampleWorld, RunExample, RunLeg } from './example.ts'
import { RIGHT_TO_ASK } from './issuers.ts'

const STAND_INS = path.join(import.meta.dirname, '..', 'stand-ins')
const PROGRAMS = ['codex', 'claude', 'copilot', 'gemini', 'npx', 'sudo', 'awf', 'az', 'vault']
const REGISTRY = ['registry', 'npmjs', 'org'].join('.')

/** Runs an example as it stands, once, against the world of its row. */
export async function runExample(row: ExampleRow): Promise<RunExample> {
  const world = row.create()
  const place = mkdtempSync(path.join(tmpdir(), 'agent-proxy-example-'))
  chmodSync(place, 0o755)
  const { text, name } = readExample(row.file)
  await using provider = await createFakeProvider({
    hosts: { ...world.hosts, [REGISTRY]: PACKAGES },
    tls: true,
  })
  // Whatever is dialled by name ends at the fakes; nothing leaves the machine.
  const everywhere = new Proxy({}, { get: () => `127.0.0.1:${provider.port}` })
  await using proxy = await createCorporateProxy({ routes: everywhere })
  const ca = path.join(place, 'ca.pem')
  writeFileSync(ca, sharedAuthority().ca)
  const watch = new Watch(row, world)
  try {
    const records = await runWorkflow({
      ...{ name, text, actions: ACTIONS, ...(world.given === undefined ? {} : { given: world.given }) },
      machine: {
        ...(row.inhabitant === undefined ? {} : { inhabitant: row.inhabitant }),
        programs: { directory: STAND_INS, names: PROGRAMS },
        // A runner behind a corporate proxy that opens TLS, as its environment says.
        environment: { HTTPS_PROXY: proxy.url, NODE_EXTRA_CA_CERTS: ca, SSL_CERT_FILE: ca },
      },
      oidc: { ACTIONS_ID_TOKEN_REQUEST_URL: OIDC_URL, ACTIONS_ID_TOKEN_REQUEST_TOKEN: RIGHT_TO_ASK },
      replace: (inputs) => decideReplaced(inputs, row, world),
      beforePosts: (legs) => {
        for (const leg of legs) watch.look(leg)
      },
      afterPosts: (legs) => {
        for (const leg of legs) watch.lookAgain(leg)
      },
    })
    const bytes = provider.connections.map((connection) => connection.bytes().toString('latin1')).join('\n')
    return { legs: records.map((record) => watch.complete(record)), requests: [...provider.requests], bytes }
  } finally {
    world.close?.()
    rmSync(place, { recursive: true, force: true })
  }
}

const PACKAGES = { answer: () => json(200, { name: 'package' }) }

/**
 * The enforced level would close the machine that runs the tests, so an example that leaves the level to the machine gets variables only.
 * Everything else stays as the example says it, but for what its world has to replace.
 */
function decideReplaced(inputs: Fields, row: ExampleRow, world: ExampleWorld): Readonly<Record<string, string>> {
  const isOff = inputs['egress-policy'] === 'off'
  const level = inputs['firewall-level']
  const isHarmless = level === 'cooperative' || (level === 'wrapped' && row.inhabitant?.kind === 'user')
  if (level !== undefined && !isHarmless) throw new Error(`${row.file} must not be run here with ${String(level)}`)
  return { ...(isOff || isHarmless ? {} : { 'firewall-level': 'cooperative' }), ...world.replaced }
}

interface Seen {
  readonly programs: readonly ProgramRecord[]
  readonly tokens: readonly string[]
  readonly leaks: string[]
}

/** Looks at a job where a secret could lie, while its sidecar lives and when it is gone. */
class Watch {
  readonly #row: ExampleRow
  readonly #world: ExampleWorld
  readonly #seen = new Map<string, Seen>()

  constructor(row: ExampleRow, world: ExampleWorld) {
    this.#row = row
    this.#world = world
  }

  look(job: Execution): void {
    const tokens = job.actions.flatMap(({ exported }) =>
      Object.values(exported).filter((value) => /^(ghs_|agentproxy-)\w{36}$/.test(value)),
    )
    this.#seen.set(keyOf(job), { programs: readPrograms(job), tokens, leaks: this.#search(job) })
  }

  lookAgain(job: Execution): void {
    this.#seen.get(keyOf(job))?.leaks.push(...this.#search(job))
  }

  complete(record: JobRecord): RunLeg {
    const seen = this.#seen.get(JSON.stringify(record.leg))
    if (seen === undefined) throw new Error(`${this.#row.file}: nobody looked at this leg`)
    return { ...record, ...seen }
  }

  #search(job: Execution): string[] {
    const { steps, posts, actions, machine, environment } = job
    const found = findLeaks(this.#world.secrets(), {
      directories: [machine.directory],
      texts: {
        'what the steps said': [...steps, ...posts].map(({ log, summary }) => log + summary).join('\n'),
        'the environment of later steps': JSON.stringify(environment),
        outputs: JSON.stringify(steps.map(({ outputs }) => outputs)),
        state: JSON.stringify(actions.map(({ state }) => state)),
      },
    })
    const known = (this.#row.knownPlaces ?? []).map((name) => path.join(machine.directory, name))
    return found.filter((where) => !known.some((place) => where.includes(place)))
  }
}

const keyOf = (job: Execution): string => JSON.stringify(job.leg)

function readPrograms({ machine }: Execution): readonly ProgramRecord[] {
  const file = path.join(machine.directory, 'records', 'programs.jsonl')
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  return lines.map((line) => JSON.parse(line) as ProgramRecord)
}
