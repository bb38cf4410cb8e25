import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { parse as parseYaml } from 'yaml'
import { CREDENTIAL_SHAPES } from '../src/core/credentials/credential-shapes.ts'
import { ANTHROPIC_AUDIENCE } from '../src/core/credentials/issuers/anthropic.ts'
import { AZURE_CLOUDS } from '../src/core/credentials/issuers/azure.ts'
import { OPENAI_AUDIENCE } from '../src/core/credentials/issuers/openai.ts'
import { deriveRefreshWindow } from '../src/core/credentials/refresh-window.ts'
import { CREDENTIAL_OF, SHARED_KINDS, SHARED_SOURCES, type SharedKind } from '../src/core/inputs/source-table.ts'
import { PROVIDER_IDS } from '../src/core/providers/provider.ts'
import { accept, KEYS, PEM, parse, SOURCES } from './core/inputs/raw-inputs.ts'
import { readExample as readText } from './workflow/examples/agentic-workflow.ts'
import { GATEWAY_EXAMPLES } from './workflow/examples/gateways.ts'
import { ISSUER_EXAMPLES } from './workflow/examples/issuers.ts'
import { CONTAINER_EXAMPLES, SHAPE_EXAMPLES, USER_EXAMPLES } from './workflow/examples/places.ts'
import { VENDOR_EXAMPLES } from './workflow/examples/vendors.ts'
import { listWorkflowErrors } from './workflow/parse-workflow.ts'

/**
 * What users paste must be accepted as it stands: every example and every block of docs/credentials.md goes through the parser. That the
 * examples do what they say is shown by __tests__/workflow, which runs them.
 */
const ROOT = path.join(import.meta.dirname, '..')

const EXAMPLES = readdirSync(path.join(ROOT, 'examples')).sort()

interface Step {
  readonly uses?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, string | number | boolean>>
  readonly env?: Readonly<Record<string, string>>
  readonly 'timeout-minutes'?: number
  /** Steps side by side; then the step is nothing else. */
  readonly parallel?: readonly Step[]
}

interface Job {
  readonly permissions?: Readonly<Record<string, string>>
  readonly steps: readonly Step[]
}

/** What secrets and variables of a repository would hold: right in shape, never issued. */
const VALUES: Readonly<Record<string, string>> = {
  'github.token': KEYS.installation,
  'secrets.GITHUB_TOKEN': KEYS.installation,
  'secrets.COPILOT_GITHUB_TOKEN': KEYS.fineGrained,
  'secrets.COPILOT_CLOUD_TOKEN': KEYS.fineGrained,
  'secrets.GEMINI_API_KEY': KEYS.google,
  'matrix.budget || 200': '200',
  'secrets.OPENAI_API_KEY': KEYS.openai,
  'secrets.ANTHROPIC_API_KEY': KEYS.anthropic,
  'secrets.GATEWAY_CLIENT_SECRET': SOURCES.oauth['oauth-client-secret'],
  'secrets.GATEWAY_REFRESH_TOKEN': 'R3fresh~TokenOfTheClient',
  'secrets.APIM_SUBSCRIPTION_KEY': '0f1e2d3c4b5a69788796a5b4c3d2e1f0',
  'secrets.COPILOT_APP_PRIVATE_KEY': PEM,
  'vars.GATEWAY_CLIENT_ID': SOURCES.oauth['oauth-client-id'],
  'vars.AZURE_TENANT_ID': SOURCES.azure['azure-tenant-id'],
  'vars.AZURE_CLIENT_ID': SOURCES.azure['azure-client-id'],
  'vars.AWS_AGENT_ROLE_ARN': SOURCES.aws['aws-role-arn'],
  'vars.ANTHROPIC_FEDERATION_RULE_ID': SOURCES.anthropic['anthropic-federation-rule-id'],
  'vars.ANTHROPIC_ORGANIZATION_ID': SOURCES.anthropic['anthropic-organization-id'],
  'vars.ANTHROPIC_SERVICE_ACCOUNT_ID': 'svac_one',
  'vars.OPENAI_IDENTITY_PROVIDER_ID': SOURCES.openai['openai-identity-provider-id'],
  'vars.OPENAI_SERVICE_ACCOUNT_ID': SOURCES.openai['openai-service-account-id'],
  'vars.COPILOT_APP_ID': SOURCES['github-app']['github-app-id'],
  'vars.COPILOT_APP_INSTALLATION_ID': SOURCES['github-app']['github-app-installation-id'],
}

const isOurs = ({ uses = '' }: Step): boolean => uses.startsWith('OWNER/setup-agent-proxy@')

/** Inputs of a step as the runner would hand them over; throws for an expression without a value above. */
function fillIn(step: Step): Record<string, string> {
  const texts = Object.entries(step.with ?? {}).map(([name, value]) => [
    name,
    String(value).replace(/\$\{\{ ?(.+?) ?\}\}/g, (_whole, expression: string) => {
      const filled = VALUES[expression]
      if (filled === undefined) throw new Error(`no value for ${expression}`)
      return filled
    }),
  ])
  return Object.fromEntries(texts)
}

function readJobs(file: string): readonly Job[] {
  const { text } = readText(file)
  return Object.values((parseYaml(text) as { readonly jobs: Readonly<Record<string, Job>> }).jobs)
}

/** Steps behind ours, those of a group one by one. */
const listAgents = (job: Job): readonly Step[] =>
  job.steps.slice(job.steps.findIndex(isOurs) + 1).flatMap((step) => step.parallel ?? [step])

/** The one job of an example, with the sources that its step of ours asks for. */
function readExample(file: string) {
  const [job, ...others] = readJobs(file)
  const [step, ...more] = job?.steps.filter(isOurs) ?? []
  if (job === undefined || step === undefined || others.length + more.length > 0) {
    throw new Error(`${file} has not exactly one job with one step of ours`)
  }
  const { inputs, notices } = accept(fillIn(step))
  return { job, step, notices, kinds: inputs.providers.map(({ credential }) => credential.kind) }
}

describe('examples/', () => {
  it.each(EXAMPLES)('%s is a workflow for GitHub’s own parser', async (file) => {
    const { text } = readText(file)
    expect(await listWorkflowErrors(file, text)).toEqual([])
    expect(await listWorkflowErrors(file, text.replace('runs-on:', 'runs-at:'))).not.toEqual([])
  })

  it('are run, all of them', () => {
    const run = [VENDOR_EXAMPLES, ISSUER_EXAMPLES, GATEWAY_EXAMPLES, SHAPE_EXAMPLES, CONTAINER_EXAMPLES, USER_EXAMPLES]
    expect([...new Set(run.flat().map(({ file }) => file))].sort()).toEqual(EXAMPLES)
  })

  it.each(EXAMPLES)('%s is accepted, and nothing in it is without effect', (file) => {
    expect(readExample(file).notices).toEqual([])
  })

  it.each(EXAMPLES)(
    '%s may ask for an identity token exactly when its source starts from one, and its agent may not',
    (file) => {
      const { job, kinds } = readExample(file)
      const usesOidc = kinds.some(
        (kind) => SHARED_KINDS.includes(kind as SharedKind) && SHARED_SOURCES[kind as SharedKind].usesOidc,
      )
      expect(job.permissions?.['id-token']).toBe(usesOidc ? 'write' : undefined)
      const takesAway = /exec env -u ACTIONS_ID_TOKEN_REQUEST_URL -u ACTIONS_ID_TOKEN_REQUEST_TOKEN /
      expect(listAgents(job).every(({ run = '' }) => takesAway.test(run) === usesOidc)).toBe(true)
    },
  )

  it.each(EXAMPLES)('%s gives each agent step a time limit, and the variables that its command is handed', (file) => {
    const { job, step } = readExample(file)
    const agents = listAgents(job)
    expect(agents.length).toBeGreaterThan(0)
    expect(agents.every((agent) => agent['timeout-minutes'] !== undefined)).toBe(true)
    const handed = String(step.with?.['command-environment'] ?? '')
      .split(/[\s,]+/)
      .filter((name) => name !== '')
    expect(Object.keys(step.env ?? {})).toEqual(handed)
  })

  it('has every kind of source', () => {
    const shown = new Set(EXAMPLES.flatMap((file) => readExample(file).kinds))
    expect([...shown].sort()).toEqual([...SHARED_KINDS, 'command', 'file', 'static'].sort())
  })

  it.each(EXAMPLES)('%s has its sentence in docs/examples.md', (file) => {
    const page = readFileSync(path.join(ROOT, 'docs', 'examples.md'), 'utf8')
    const [line, ...others] = page.split('\n').filter((text) => text.startsWith(`| [${file}](../examples/${file}) | `))
    expect(line).toMatch(/[^|]{20,}\. \|$/)
    expect(others).toEqual([])
  })

  it.each(EXAMPLES)(
    '%s allows the registry that npx fetches its agent from, and else none without a reason',
    (file) => {
      const { job, step } = readExample(file)
      const agents = listAgents(job)
      const usesNpx = agents.some(({ run = '' }) => run.includes('npx '))
      // What an action of somebody else fetches, or an agent inside of AWF, is not seen in the workflow.
      const isForeign = agents.some(({ uses, run = '' }) => uses !== undefined || / awf /.test(run))
      const hasWall = step.with?.['egress-policy'] !== 'off'
      const list = String(step.with?.['allowed-domains'] ?? '').split(/\s+/)
      expect(list.includes('node')).toBe((usesNpx && hasWall) || isForeign)
    },
  )
})

describe('docs/credentials.md', () => {
  const page = readFileSync(path.join(ROOT, 'docs', 'credentials.md'), 'utf8')
  const blocks = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? '')
  const steps = blocks.flatMap((block) => findSteps(parseYaml(block)))

  it.each(steps.map((step, index) => [index + 1, step] as const))(
    'step %i is accepted as it stands',
    (_number, step) => {
      expect(parse(fillIn(step))).toMatchObject({ kind: 'ok' })
    },
  )

  it('has snippets of JSON that are JSON', () => {
    const snippets = [...page.matchAll(/^```json\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? '')
    expect(snippets.length).toBeGreaterThan(1)
    for (const snippet of snippets) expect(() => JSON.parse(snippet)).not.toThrow()
  })

  it.each([
    ['60 min', 3600],
    ['15 min', 900],
    ['5 min, also when none is said or more than 30 days', 300],
    ['60 s', 60],
    ['10 s', 10],
  ])('shows the points of a life of %s as they are derived', (label, seconds) => {
    const derive = (jitter: number) => deriveRefreshWindow({ receivedAt: 0, expiresAt: seconds * 1000, jitter })
    const { softAt, hardAt, notBefore } = derive(0)
    const soft = `${renderMinutes(derive(1).softAt)} – ${renderMinutes(softAt)}`
    expect(page).toContain(`| ${label} | ${soft} | ${renderMinutes(hardAt)} | ${renderMinutes(notBefore)} |`)
  })

  it('names the token of every shape that is read, and what every cloud of Azure wants', () => {
    const tokens = CREDENTIAL_SHAPES.flatMap(({ token }) => (token === undefined ? [] : [token.join('.')]))
    const clouds = Object.values(AZURE_CLOUDS).flatMap(({ login, audience, defaultScope }) => [
      login,
      audience,
      defaultScope,
    ])
    expect([...tokens, ...clouds].filter((text) => !page.includes(`\`${text}\``))).toEqual([])
    for (const audience of [ANTHROPIC_AUDIENCE, OPENAI_AUDIENCE]) expect(page).toContain(`\`${audience}\``)
  })

  it('names every input that chooses a source, and every shared one', () => {
    const own = PROVIDER_IDS.flatMap((id) => [
      CREDENTIAL_OF[id].choice,
      CREDENTIAL_OF[id].command,
      CREDENTIAL_OF[id].file,
    ])
    const shared = SHARED_KINDS.flatMap((kind) => SHARED_SOURCES[kind].inputs)
    expect([...own, ...shared].filter((name) => !page.includes(`\`${name}\``) && !page.includes(`${name}:`))).toEqual(
      [],
    )
  })
})

/** Minutes and whole seconds, as a clock shows them. */
function renderMinutes(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/** Steps of this action at whatever depth of a block. */
function findSteps(node: unknown): readonly Step[] {
  if (typeof node !== 'object' || node === null) return []
  const step = node as Step
  return [...(isOurs(step) ? [step] : []), ...Object.values(node).flatMap(findSteps)]
}
