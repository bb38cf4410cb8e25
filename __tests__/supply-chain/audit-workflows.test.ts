import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { loadScript } from './load-script.ts'

interface Rule {
  readonly name: string
  readonly pedantic?: boolean
}
const { auditWorkflow, DEPENDABOT_RULES, RULES } = await loadScript<{
  auditWorkflow: (text: string, options?: { pedantic?: boolean; rules?: readonly Rule[] }) => string[]
  DEPENDABOT_RULES: readonly Rule[]
  RULES: readonly Rule[]
}>('audit-workflows.mjs')

const ROOT = path.join(import.meta.dirname, '..', '..')
const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8')
const list = (directory: string): string[] =>
  readdirSync(path.join(ROOT, directory))
    .filter((name) => name.endsWith('.yml'))
    .map((name) => `${directory}/${name}`)

const PINNED = `actions/checkout@${'a'.repeat(40)} # v6.0.2`
const CHECKOUT = `- uses: ${PINNED}
        with:
          persist-credentials: false`

/** A workflow with nothing to find, where the lines given take the place of others. */
function workflow(
  parts: Partial<Record<'name' | 'on' | 'permissions' | 'concurrency' | 'job' | 'steps', string>> = {},
): string {
  return `${parts.name ?? 'name: sample'}
on: ${parts.on ?? 'push'}
${parts.permissions ?? 'permissions:\n  contents: read'}
${parts.concurrency ?? 'concurrency:\n  group: sample\n  cancel-in-progress: true'}
jobs:
  one:
    ${parts.job ?? 'runs-on: ubuntu-latest\n    timeout-minutes: 5'}
    steps:
      ${parts.steps ?? CHECKOUT}
`
}
const job = (line: string): string => workflow({ job: `runs-on: ubuntu-latest\n    timeout-minutes: 5\n    ${line}` })
const step = (line: string): string => workflow({ steps: `- ${line}` })

/** Rule → texts in which it must find something. */
const BAD: Readonly<Record<string, readonly string[]>> = {
  'unpinned-uses': [
    step('uses: actions/setup-node@v6'),
    step('uses: actions/setup-node@main'),
    step(`uses: actions/setup-node@${'a'.repeat(40)}`),
    step('uses: docker://alpine:3'),
    step('uses: OWNER/setup-agent-proxy@v2'),
    'jobs:\n  one:\n    uses: other/flows/.github/workflows/x.yml@v1\n',
  ],
  'unpinned-images': [
    job('container: node'),
    job('container:\n      image: ghcr.io/a/b:latest'),
    job('container: node:24'),
  ],
  artipacked: [step(`uses: ${PINNED}`), step(`uses: ${PINNED}\n        with:\n          persist-credentials: true`)],
  'template-injection': [
    step(`run: echo "\${{ github.event.issue.title }}"`),
    step(
      `uses: actions/github-script@${'a'.repeat(40)} # v8\n        with:\n          script: log("\${{ github.head_ref }}")`,
    ),
  ],
  'excessive-permissions': [
    workflow({ permissions: '' }),
    workflow({ permissions: 'permissions: write-all' }),
    workflow({ permissions: 'permissions:\n  contents: write # no' }),
    job('permissions: write-all'),
  ],
  'dangerous-triggers': [
    workflow({ on: 'pull_request_target' }),
    workflow({ on: '[push, pull_request_target]' }),
    workflow({ on: '\n  workflow_run:\n    workflows: [ci]' }),
  ],
  'cache-poisoning': [
    workflow({
      on: "\n  push:\n    tags: ['v*']",
      steps: `- uses: actions/setup-node@${'a'.repeat(40)} # v6\n        with:\n          cache: npm`,
    }),
    workflow({ on: 'release', steps: `- uses: actions/cache/restore@${'a'.repeat(40)} # v4` }),
  ],
  'self-hosted-runner': [workflow({ job: 'runs-on: [self-hosted, linux]\n    timeout-minutes: 5' })],
  'secrets-inherit': ['jobs:\n  one:\n    uses: ./.github/workflows/x.yml\n    secrets: inherit\n'],
  'overprovisioned-secrets': [
    step(`run: make\n        env:\n          ALL: \${{ toJSON(secrets) }}`),
    step(`run: make\n        env:\n          ONE: \${{ secrets[matrix.name] }}`),
  ],
  'unredacted-secrets': [step(`run: make\n        env:\n          PART: \${{ fromJSON(secrets.ALL).part }}`)],
  'hardcoded-container-credentials': [
    job('container:\n      image: a/b:1\n      credentials:\n        username: me\n        password: hunter2'),
  ],
  'unsound-condition': [
    step(`run: make\n        if: |\n          \${{ github.ref == 'x' }}`),
    step(`run: make\n        if: \${{ github.ref == 'x' }} && true`),
  ],
  'unsound-contains': [step(`run: make\n        if: contains('refs/heads/main refs/heads/next', github.ref)`)],
  'bot-conditions': [step(`run: make\n        if: github.actor == 'dependabot[bot]'`)],
  'insecure-commands': [step('run: make\n        env:\n          ACTIONS_ALLOW_UNSECURE_COMMANDS: true')],
  'use-trusted-publishing': [step(`run: npm publish\n        env:\n          NODE_AUTH_TOKEN: \${{ secrets.TOKEN }}`)],
  obfuscation: [step(`uses: actions/checkout/./@${'a'.repeat(40)} # v6`), step('uses: .//././x')],
  'timeout-minutes': [workflow({ job: 'runs-on: ubuntu-latest' })],
  'undocumented-permissions': [job('permissions:\n      id-token: write')],
  'concurrency-limits': [workflow({ concurrency: '' }), workflow({ concurrency: 'concurrency: sample' })],
  'anonymous-definition': [workflow({ name: '' })],
}

const findings = (text: string): string[] => auditWorkflow(text, { pedantic: true })
const ruleOf = (finding: string): string => finding.slice(0, finding.indexOf(':'))

describe('auditWorkflow()', () => {
  it('finds nothing in a workflow without faults', () => {
    expect(findings(workflow())).toEqual([])
  })

  it('has a bad sample for every rule', () => {
    expect(Object.keys(BAD).sort()).toEqual([...new Set(RULES.map(({ name }) => name))].sort())
  })

  it.each(Object.entries(BAD).flatMap(([name, texts]) => texts.map((text, index) => [name, index + 1, text] as const)))(
    'finds %s in its sample %i',
    (name, _index, text) => {
      expect(findings(text).map(ruleOf)).toContain(name)
    },
  )

  it('finds nothing in what only looks like a fault', () => {
    const sound = [
      step(`run: make\n        if: contains(fromJSON('["a"]'), github.ref)`),
      step(`run: make\n        if: \${{ github.ref == 'x' }}`),
      step(`run: make "$TITLE"\n        env:\n          TITLE: \${{ github.event.issue.title }}`),
      step('uses: ./'),
      step('uses: OWNER/setup-agent-proxy@v1'),
      job(`container: node:24@sha256:${'b'.repeat(64)}`),
      job('permissions:\n      id-token: write # asks for an identity token'),
    ]
    expect(sound.flatMap(findings)).toEqual([])
  })

  it('leaves the pedantic rules to our own workflows', () => {
    expect(auditWorkflow(workflow({ concurrency: '', name: '' }))).toEqual([])
  })

  it('lets a comment answer for one rule, if it gives a reason', () => {
    const text = (comment: string): string => workflow({ concurrency: '', on: `push ${comment}` })
    expect(findings(text('# zizmor: ignore[concurrency-limits] one run a year'))).toEqual([])
    expect(findings(text('# zizmor: ignore[artipacked] another rule'))).toHaveLength(1)
    expect(findings(text('# zizmor: ignore[concurrency-limits]'))).toHaveLength(1)
  })
})

describe('DEPENDABOT_RULES', () => {
  const audit = (text: string): string[] => auditWorkflow(text, { rules: DEPENDABOT_RULES }).map(ruleOf)

  it('want a pause before a new version and no foreign code', () => {
    expect(audit('updates:\n  - package-ecosystem: npm\n    cooldown:\n      default-days: 7\n')).toEqual([])
    expect(audit('updates:\n  - package-ecosystem: npm\n')).toEqual(['dependabot-cooldown'])
    expect(audit('updates: []\ninsecure-external-code-execution: allow\n')).toEqual(['dependabot-execution'])
  })
})

describe('what this repository and its readers run', () => {
  it.each(['action.yml', ...list('.github/workflows')])('%s has no finding', (file) => {
    expect(findings(read(file))).toEqual([])
  })

  it.each(list('examples'))('%s has no finding', (file) => {
    expect(auditWorkflow(read(file))).toEqual([])
  })

  it('.github/dependabot.yml has no finding', () => {
    expect(auditWorkflow(read('.github/dependabot.yml'), { rules: DEPENDABOT_RULES })).toEqual([])
  })
})

describe('.github/workflows/release.yml', () => {
  const text = read('.github/workflows/release.yml')

  it('verifies tag, branch, bundles and a second build before anything has rights', () => {
    for (const part of ['--is-ancestor', 'npm run ok', 'npm run reproduce']) expect(text).toContain(part)
    expect(text.indexOf('npm run reproduce')).toBeLessThan(text.indexOf('id-token: write'))
  })

  it('installs no package in a job that may sign or write', () => {
    expect(text.slice(text.indexOf('id-token: write'))).not.toMatch(/npm (ci|i|install|cit)\b/)
  })

  it('attests provenance and bill, and attaches both tarballs, the bill, the sums and both attestations', () => {
    for (const part of ['attest-build-provenance@', 'attest-sbom@', 'scripts/pack.mjs', 'SHA256SUMS'])
      expect(text).toContain(part)
    for (const part of ['provenance.sigstore.json', 'sbom.sigstore.json', 'sbom.cdx.json']) expect(text).toContain(part)
  })
})
