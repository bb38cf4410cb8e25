// What can be seen to be wrong with a workflow from its text alone. The rules bear the names that zizmor gives them, so that its
// documentation explains ours; docs/supply-chain.md says which of its rules are not here and why.
import { parse } from 'yaml'

/** Rules for what stands in a job or step hold everywhere; those marked pedantic are asked of our own workflows only. */
export const RULES = [
  { name: 'unpinned-uses', find: findUnpinnedUses },
  {
    name: 'unpinned-images',
    find: (file) => findImages(file, /^(.*\/)?[^:@/]+(:latest)?$/, 'may be another one tomorrow'),
  },
  { name: 'artipacked', find: findKeptCredentials },
  { name: 'template-injection', find: findTemplateInjections },
  { name: 'excessive-permissions', find: findExcessivePermissions },
  { name: 'dangerous-triggers', find: findDangerousTriggers },
  { name: 'cache-poisoning', find: findCachesOfPublishers },
  { name: 'secrets-inherit', find: findInheritedSecrets },
  {
    name: 'overprovisioned-secrets',
    find: ({ text }) => findText(text, /\$\{\{[^}]*(toJSON\(\s*secrets\s*\)|secrets\[)/),
  },
  { name: 'unredacted-secrets', find: ({ text }) => findText(text, /fromJSON\(\s*secrets\./) },
  { name: 'hardcoded-container-credentials', find: findContainerPasswords },
  { name: 'unsound-condition', find: findUnsoundConditions },
  { name: 'unsound-contains', find: findUnsoundContains },
  { name: 'bot-conditions', find: findBotConditions },
  { name: 'insecure-commands', find: ({ text }) => findText(text, /ACTIONS_ALLOW_UNSECURE_COMMANDS/) },
  { name: 'use-trusted-publishing', find: ({ text }) => findText(text, /\b(NPM_TOKEN|NODE_AUTH_TOKEN)\b/) },
  { name: 'obfuscation', find: findObfuscation },
  { name: 'timeout-minutes', find: findMissingLimits },
  {
    name: 'unpinned-images',
    pedantic: true,
    find: (file) => findImages(file, /^(?!.*@sha256:[0-9a-f]{64}$)/, 'has no digest'),
  },
  { name: 'self-hosted-runner', pedantic: true, find: findSelfHostedRunners },
  { name: 'undocumented-permissions', pedantic: true, find: findUndocumentedPermissions },
  { name: 'concurrency-limits', pedantic: true, find: findMissingConcurrency },
  { name: 'anonymous-definition', pedantic: true, find: ({ workflow }) => (workflow.name ? [] : ['has no name']) },
]

/** Rules of .github/dependabot.yml. */
export const DEPENDABOT_RULES = [
  { name: 'dependabot-cooldown', find: findMissingCooldown },
  {
    name: 'dependabot-execution',
    find: ({ text }) => findText(text, /insecure-external-code-execution:\s*allow/),
  },
]

/** How an example names this action: the reader puts the release of the day. */
const OURS = /^(\.\/|OWNER\/setup-agent-proxy@v1)$/
const IGNORE = /#\s*zizmor: ignore\[([a-z-]+)\][ \t]+\S/g
const FULL_COMMIT = /@[0-9a-f]{40}$/

/**
 * @param {string} text of a workflow, an action or dependabot.yml
 * @param {{ pedantic?: boolean, rules?: object[] }} options
 * @returns {string[]} one line `rule: what` for each fault. A comment `zizmor: ignore[rule] reason` answers for one rule in this file.
 */
export function auditWorkflow(text, { pedantic = false, rules = RULES } = {}) {
  const ignored = new Set([...text.matchAll(IGNORE)].map(([, name]) => name))
  const file = { text, workflow: parse(text) }
  return rules
    .filter((rule) => (pedantic || rule.pedantic !== true) && !ignored.has(rule.name))
    .flatMap((rule) => rule.find(file).map((fault) => `${rule.name}: ${fault}`))
}

const jobsOf = ({ workflow }) => Object.entries(workflow.jobs ?? {})

/** All steps with the name of their job; those of a composite action too. */
function stepsOf(file) {
  const own = (file.workflow.runs?.steps ?? []).map((step) => ({ job: 'action', step }))
  return [...own, ...jobsOf(file).flatMap(([job, { steps = [] }]) => listSteps(steps).map((step) => ({ job, step })))]
}

/** Those of a parallel group one by one. */
const listSteps = (steps) => steps.flatMap((item) => item.parallel ?? [item])

const findText = (text, pattern) => {
  const code = text.replace(/^\s*#.*$/gm, '')
  return pattern.test(code) ? [`contains ${pattern.exec(code)[0].trim()}`] : []
}

function findUnpinnedUses(file) {
  return usesOf(file).flatMap((reference) => {
    if (OURS.test(reference)) return []
    if (reference.startsWith('docker://'))
      return /@sha256:[0-9a-f]{64}$/.test(reference) ? [] : [`${reference} has no digest`]
    if (reference.startsWith('./')) return []
    if (!FULL_COMMIT.test(reference)) return [`${reference} is not pinned by a full commit id`]
    const line = file.text.split('\n').find((candidate) => candidate.includes(reference)) ?? ''
    return /#\s*v\d/.test(line) ? [] : [`${reference} does not name its version in a comment`]
  })
}

function usesOf(file) {
  const calls = jobsOf(file).map(([, job]) => job.uses)
  return [...calls, ...stepsOf(file).map(({ step }) => step.uses)].filter((uses) => typeof uses === 'string')
}

function findImages(file, pattern, fault) {
  return jobsOf(file)
    .flatMap(([job, { container, services = {} }]) =>
      [container, ...Object.values(services)].map((place) => ({
        job,
        image: typeof place === 'string' ? place : place?.image,
      })),
    )
    .filter(({ image }) => image !== undefined && pattern.test(image))
    .map(({ job, image }) => `job ${job}: the image ${image} ${fault}`)
}

function findKeptCredentials(file) {
  return stepsOf(file)
    .filter(({ step }) => /^actions\/checkout@/.test(step.uses ?? '') && step.with?.['persist-credentials'] !== false)
    .map(({ job }) => `job ${job}: checkout leaves its token on disk; set "persist-credentials: false"`)
}

function findTemplateInjections(file) {
  return stepsOf(file)
    .filter(({ step }) => [step.run, step.with?.script].some((script) => String(script ?? '').includes('${{')))
    .map(({ job }) => `job ${job}: an expression inside a script can inject script; pass it through "env"`)
}

function findExcessivePermissions(file) {
  if (file.workflow.jobs === undefined) return []
  const top = file.workflow.permissions
  const few = top !== undefined && ['{}', '{"contents":"read"}'].includes(JSON.stringify(top))
  const all = jobsOf(file).filter(([, { permissions }]) => typeof permissions === 'string')
  return [
    ...(few ? [] : ['the top-level permissions are not exactly "contents: read"']),
    ...all.map(([job, { permissions }]) => `job ${job}: permissions are ${permissions}`),
  ]
}

function triggersOf({ workflow: { on } }) {
  if (typeof on === 'string') return [on]
  return Array.isArray(on) ? on : Object.keys(on ?? {})
}

function findDangerousTriggers(file) {
  return triggersOf(file)
    .filter((trigger) => ['pull_request_target', 'workflow_run'].includes(trigger))
    .map((trigger) => `${trigger} runs with the rights of the base repository on what a stranger sent`)
}

/** A workflow that publishes must not build from a cache that any branch could have filled. */
function findCachesOfPublishers(file) {
  const { on } = file.workflow
  const publishes = on?.push?.tags !== undefined || triggersOf(file).includes('release')
  if (!publishes) return []
  return stepsOf(file)
    .filter(({ step }) => /^actions\/cache(\/|@)/.test(step.uses ?? '') || step.with?.cache !== undefined)
    .map(({ job }) => `job ${job}: a release is built with a cache`)
}

function findSelfHostedRunners(file) {
  return jobsOf(file)
    .filter(([, job]) => JSON.stringify(job['runs-on'] ?? '').includes('self-hosted'))
    .map(([job]) => `job ${job} runs on a self-hosted runner`)
}

function findInheritedSecrets(file) {
  return jobsOf(file)
    .filter(([, job]) => job.secrets === 'inherit')
    .map(([job]) => `job ${job} hands all secrets to a called workflow`)
}

function findContainerPasswords(file) {
  return jobsOf(file)
    .flatMap(([job, { container, services = {} }]) =>
      [container, ...Object.values(services)].map((place) => ({ job, password: place?.credentials?.password })),
    )
    .filter(({ password }) => password !== undefined && !/^\$\{\{.*\}\}$/.test(password))
    .map(({ job }) => `job ${job}: the password of a registry stands in the file`)
}

const conditionsOf = (file) =>
  [...jobsOf(file).map(([job, { if: condition }]) => ({ job, condition })), ...stepsOf(file).map(toCondition)]
    .filter(({ condition }) => condition !== undefined)
    .map(({ job, condition }) => ({ job, condition: String(condition) }))
const toCondition = ({ job, step }) => ({ job, condition: step.if })

/** Text outside of `${{ }}`, be it a line feed, makes a string, and a string is true. */
function findUnsoundConditions(file) {
  return conditionsOf(file)
    .filter(({ condition }) => condition.includes('${{') && !/^\$\{\{[^}]*\}\}$/.test(condition))
    .map(({ job, condition }) => `job ${job}: the condition ${JSON.stringify(condition)} is always true`)
}

function findUnsoundContains(file) {
  return conditionsOf(file)
    .filter(({ condition }) => /contains\(\s*'[^']*'\s*,\s*(github|env|inputs)\./.test(condition))
    .map(({ job }) => `job ${job}: contains() with a text looks for a part of it; use fromJSON('[…]')`)
}

function findBotConditions(file) {
  return conditionsOf(file)
    .filter(({ condition }) =>
      /github\.(actor|triggering_actor)\b.*\[bot\]|\[bot\].*github\.(actor|triggering_actor)\b/.test(condition),
    )
    .map(({ job }) => `job ${job}: the actor of the last event is not who made the change`)
}

function findObfuscation(file) {
  return usesOf(file)
    .filter(
      (uses) =>
        uses !== './' && !uses.startsWith('docker://') && /\/\/|\/\.{1,2}(\/|$)|\/@/.test(uses.replace(/^\.\//, '')),
    )
    .map((uses) => `${uses} is written in a roundabout way`)
}

function findMissingLimits(file) {
  return jobsOf(file)
    .filter(([, job]) => job.uses === undefined && typeof job['timeout-minutes'] !== 'number')
    .map(([job]) => `job ${job} has no timeout-minutes`)
}

function findUndocumentedPermissions({ text }) {
  return [...text.matchAll(/^ +([a-z-]+): write *(#.*)?$/gm)]
    .filter(([, , comment]) => comment === undefined)
    .map(([, right]) => `"${right}: write" does not say what for`)
}

function findMissingConcurrency({ workflow }) {
  if (workflow.jobs === undefined) return []
  const { concurrency } = workflow
  return concurrency?.group !== undefined && concurrency['cancel-in-progress'] !== undefined
    ? []
    : ['has no concurrency with a group and cancel-in-progress']
}

function findMissingCooldown({ workflow }) {
  return (workflow.updates ?? [])
    .filter(({ cooldown }) => !(cooldown?.['default-days'] >= 4))
    .map((update) => `${update['package-ecosystem']} has no cooldown: a version published a minute ago would be taken`)
}
