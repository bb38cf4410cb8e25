// Lints action.yml, the workflows and the examples offline: GitHub's own language service for the schema and expressions, and
// the rules of this project on top (CONTRIBUTING.md, "Workflows").
//
//   node --import ./scripts/json-hook.mjs scripts/lint-yaml.mjs
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { FeatureFlags } from '@actions/expressions'
import { validate } from '@actions/languageservice'
import { validateAction } from '@actions/languageservice/validate-action'
import { TextDocument } from 'vscode-languageserver-textdocument'
import { parse } from 'yaml'
import { parseFrontmatter, renderWorkflow } from '../__tests__/workflow/examples/agentic-workflow.ts'

const root = path.join(import.meta.dirname, '..')
const featureFlags = new FeatureFlags({ allowBackgroundSteps: true })

const list = (directory) =>
  existsSync(path.join(root, directory))
    ? readdirSync(path.join(root, directory))
        .filter((name) => /\.(ya?ml|md)$/.test(name))
        .map((name) => `${directory}/${name}`)
    : []

const action = parse(readFileSync(path.join(root, 'action.yml'), 'utf8'))
const inputs = new Set(Object.keys(action.inputs ?? {}))
const outputs = new Set(Object.keys(action.outputs ?? {}))

/** Steps of all jobs with the name of their job, those of a parallel group one by one. */
function* steps(workflow) {
  for (const [job, { steps: list = [] }] of Object.entries(workflow.jobs ?? {})) {
    for (const step of list.flatMap((item) => item.parallel ?? [item])) yield { job, step }
  }
}

const isOurs = ({ uses }) => uses === './' || String(uses).startsWith('OWNER/setup-agent-proxy@')

/** Rules that hold for every workflow, ours and the examples: no expression inside a script, our own inputs spelled right. */
function findStepFaults({ job, step }) {
  const faults = []
  if (typeof step.run === 'string' && step.run.includes('${{')) {
    faults.push(`job ${job}: an expression inside "run" can inject script; pass it through "env"`)
  }
  if (isOurs(step)) {
    for (const key of Object.keys(step.with ?? {})) {
      if (!inputs.has(key)) faults.push(`job ${job}: "${key}" is not an input of action.yml`)
    }
  }
  return faults
}

/** References to outputs of our own steps must name outputs that exist. */
function findOutputFaults(workflow, text) {
  const ids = [...steps(workflow)].filter(({ step }) => isOurs(step)).map(({ step }) => step.id)
  return ids.filter(Boolean).flatMap((id) =>
    [...text.matchAll(new RegExp(`steps\\.${id}\\.outputs\\.([a-z0-9-]+)`, 'g'))]
      .map((match) => match[1])
      .filter((name) => !outputs.has(name))
      .map((name) => `steps.${id}.outputs.${name} is not an output of action.yml`),
  )
}

/** Rules for workflows and examples: pinned by full commit id with the version beside it, few rights by default, a time limit. */
function findPolicyFaults(workflow, text) {
  const faults = []
  for (const [, reference, comment] of text.matchAll(/^\s*(?:- )?uses: (\S+)(?: # (.*))?$/gm)) {
    // Where an example names this action, the reader puts the release of the day.
    if (reference === './' || reference === 'OWNER/setup-agent-proxy@v1') continue
    if (!/@[0-9a-f]{40}$/.test(reference)) faults.push(`${reference} is not pinned by a full commit id`)
    if (!/^v\d/.test(comment ?? '')) faults.push(`${reference} does not name its version in a comment`)
  }
  if (JSON.stringify(workflow.permissions) !== '{"contents":"read"}') {
    faults.push('the top-level permissions are not exactly "contents: read"')
  }
  for (const [job, { 'timeout-minutes': limit }] of Object.entries(workflow.jobs ?? {})) {
    if (typeof limit !== 'number') faults.push(`job ${job} has no timeout-minutes`)
  }
  return faults
}

/** The file, or of an agentic workflow what stands for its compiled form. */
function readWorkflow(file) {
  const text = readFileSync(path.join(root, file), 'utf8')
  return file.endsWith('.md') ? renderWorkflow(parseFrontmatter(text)) : text
}

// This action exports them, so later steps find them in the context `env`; the language service sees only what a file says.
const EXPORTED = /^Context access might be invalid: (?:ANTHROPIC|OPENAI|GEMINI|COPILOT_PROVIDER)_(?:API_KEY|BASE_URL)$/

async function lintFile(file) {
  const text = readWorkflow(file)
  const document = TextDocument.create(`file:///${file}`, 'yaml', 1, text)
  const check = file === 'action.yml' ? validateAction : validate
  const found = (await check(document, { featureFlags }))
    .filter(({ message }) => !EXPORTED.test(message))
    .map(({ message, range }) => `${range.start.line + 1}:${range.start.character + 1} ${message}`)
  if (file === 'action.yml') return found
  const workflow = parse(text)
  found.push(...[...steps(workflow)].flatMap(findStepFaults), ...findOutputFaults(workflow, text))
  found.push(...findPolicyFaults(workflow, text))
  return found
}

let count = 0
for (const file of ['action.yml', ...list('.github/workflows'), ...list('examples')]) {
  const faults = await lintFile(file)
  for (const fault of faults) console.error(`${file}: ${fault}`)
  if (faults.length > 0) process.exitCode = 1
  count += 1
}
console.log(`${count} YAML files checked`)
