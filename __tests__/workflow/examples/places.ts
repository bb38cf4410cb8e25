import { spawnSync } from 'node:child_process'
import { expect } from '@jest/globals'
import { KEYS } from '../../e2e/keys.ts'
import { findProgram } from '../../support/find-program.ts'
import { CHECKOUT, type ExampleRow, MAIN, nameSecrets, SCRIPT, SKIPPED } from './example.ts'
import { ANTHROPIC, CLAUDE, CODEX, OPENAI } from './vendors.ts'

/** Not an account of any machine, so nothing of root's and no sudo. */
const ORDINARY_USER = 47_110

/** Namespaces that the machine refuses are no fault of the example; with them, nobody but root could run it here. */
function findUserObstacle(): string | undefined {
  if (process.getuid?.() !== 0) return undefined
  const user = ['setpriv', `--reuid=${ORDINARY_USER}`, `--regid=${ORDINARY_USER}`, '--clear-groups']
  const probe = [
    ...user,
    'unshare',
    '--user',
    '--map-root-user',
    '--net',
    findProgram('nft') ?? 'nft',
    'list',
    'ruleset',
  ]
  const isRefused = spawnSync(probe[0] ?? '', probe.slice(1)).status !== 0
  if (isRefused) return 'an ordinary user gets no network namespace here'
  const isRoot = spawnSync('setpriv', [...user.slice(1), 'sudo', '-n', 'true']).status === 0
  return isRoot ? 'every user becomes root here, so the firewall would close the machine' : undefined
}

/** Why the inside of a container cannot be played here. */
export function findContainerObstacle(): string | undefined {
  if (process.getuid?.() !== 0) return undefined
  const { status } = spawnSync('unshare', ['--pid', '--fork', '--mount-proc', 'true'])
  return status === 0 ? undefined : 'process namespaces are refused here'
}

const PULL_REQUEST = { event_name: 'pull_request', token: KEYS.job }

/** Jobs of other shapes, and in other places than a runner's own machine. */
export const SHAPE_EXAMPLES: readonly ExampleRow[] = [
  {
    file: 'matrix.yml',
    create: () => ({
      hosts: { ...OPENAI.hosts, ...ANTHROPIC.hosts },
      given: { secrets: { ...OPENAI.given.secrets, ...ANTHROPIC.given.secrets } },
      secrets: () => nameSecrets({ openai: KEYS.openai, anthropic: KEYS.anthropic }),
    }),
    expected: () => ({
      steps: [CHECKOUT, MAIN, SCRIPT, SCRIPT],
      agents: [...CODEX.agents, ...CLAUDE.agents],
      model: [...CODEX.model, ...CLAUDE.model],
      summary: ['2 requests'],
    }),
    also: [
      {
        what: 'has a leg for each task, with a token and ports of its own',
        look: ({ legs }) => {
          expect(legs.map(({ leg }) => leg)).toEqual([
            { task: 'fix the failing test', budget: 400 },
            { task: 'update the documentation' },
          ])
          expect(new Set(legs.map(({ tokens }) => tokens[0])).size).toBe(2)
          expect(new Set(legs.map(({ steps }) => steps[1]?.outputs['openai-base-url'])).size).toBe(2)
          const tasks = legs.flatMap(({ programs }) => programs.map((record) => record.environment.TASK))
          expect(new Set(tasks)).toEqual(new Set(['fix the failing test', 'update the documentation']))
        },
      },
    ],
  },
  {
    file: 'fork-pull-request.yml',
    when: 'a branch of the repository',
    create: () => ({ ...OPENAI, given: { ...OPENAI.given, github: PULL_REQUEST } }),
    expected: () => ({ ...CODEX, steps: [CHECKOUT, MAIN, SCRIPT, SKIPPED], summary: ['1 request'] }),
  },
  {
    file: 'fork-pull-request.yml',
    when: 'a fork, which gets no secret',
    create: () => ({ ...OPENAI, given: { github: PULL_REQUEST, secrets: { OPENAI_API_KEY: '' } } }),
    expected: () => ({
      steps: [CHECKOUT, MAIN, SKIPPED, SCRIPT],
      agents: [],
      model: [],
      // The firewall stands all the same.
      outputs: { 'openai-base-url': '', validation: '[]', 'firewall-level': 'cooperative' },
      summary: ['this pull request comes from a fork'],
    }),
  },
  {
    file: 'awf.yml',
    // The address of a docker bridge is none of this machine; the stand-in of AWF knows where the sidecar is instead.
    create: () => ({ ...ANTHROPIC, replaced: { 'listen-address': '127.0.0.1' } }),
    expected: () => ({
      ...CLAUDE,
      agents: ['awf', 'claude'],
      steps: [CHECKOUT, SCRIPT, SCRIPT, MAIN, SCRIPT],
      outputs: { 'allowed-domains': expect.stringContaining('https://docs.example.com') },
      summary: ['1 request'],
    }),
    also: [
      {
        what: 'hands AWF the list without a model host, and the port of the sidecar alone',
        look: ({ legs }) => {
          const given = legs[0]?.programs.find(({ program }) => program === 'awf')?.arguments ?? []
          const behind = (name: string) => given[given.indexOf(name) + 1] ?? ''
          expect(behind('--allow-domains')).toMatch(/,https:\/\/docs\.example\.com,.*,host\.docker\.internal$/)
          expect(behind('--allow-domains')).not.toContain('anthropic')
          expect(behind('--allow-host-ports')).toBe(
            new URL(legs[0]?.steps[3]?.outputs['anthropic-base-url'] ?? '').port,
          )
          expect(behind('--config')).toBe(legs[0]?.steps[3]?.outputs['awf-config'])
        },
      },
    ],
  },
  {
    file: 'agentic-workflow.md',
    programs: ['jq'],
    create: () => OPENAI,
    expected: () => ({
      ...CODEX,
      rights: { 'copilot-requests': 'write' },
      steps: [MAIN, SCRIPT, SCRIPT, SCRIPT],
      outputs: { 'firewall-level': '' },
      summary: ['openai: valid at https://api.openai.com', '1 request'],
    }),
  },
]

export const CONTAINER_EXAMPLES: readonly ExampleRow[] = [
  {
    file: 'container-job.yml',
    // The image is not fetched: what is played of the container is what the action sees of it, a runner that is not there.
    inhabitant: { kind: 'container' },
    programs: ['unshare', 'nsenter'],
    findObstacle: findContainerObstacle,
    create: () => OPENAI,
    expected: () => ({
      ...CODEX,
      steps: [CHECKOUT, MAIN, SCRIPT],
      outputs: { 'firewall-level': 'cooperative' },
      summary: ['1 request', 'cooperative, block'],
    }),
    also: [
      {
        what: 'is a job container',
        look: ({ legs }) => expect(legs[0]?.container).toEqual({ image: 'node:24-bookworm' }),
      },
    ],
  },
]

export const USER_EXAMPLES: readonly ExampleRow[] = [
  {
    file: 'self-hosted.yml',
    inhabitant: { kind: 'user', uid: ORDINARY_USER },
    programs: ['setpriv', 'unshare', 'nft', 'ip', 'mount'],
    findObstacle: findUserObstacle,
    create: () => OPENAI,
    expected: () => ({
      ...CODEX,
      steps: [CHECKOUT, MAIN, SCRIPT, SCRIPT],
      outputs: { 'firewall-level': 'wrapped' },
      summary: ['1 request', 'wrapped, block'],
    }),
    also: [
      {
        what: 'has its agent inside of the wrapper, where the proxy of the job is the relay’s',
        look: ({ legs }) => {
          const proxies = legs[0]?.programs.map(({ environment }) => environment.HTTPS_PROXY)
          expect(new Set(proxies)).toEqual(new Set(['http://127.0.0.1:3128']))
        },
      },
    ],
  },
]
