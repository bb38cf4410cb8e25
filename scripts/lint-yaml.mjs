// Lints action.yml, the workflows, the examples and dependabot.yml offline: GitHub's own language service for the schema and
// expressions, the audits of scripts/audit-workflows.mjs, and that examples spell our inputs and outputs right.
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
import { auditWorkflow, DEPENDABOT_RULES } from './audit-workflows.mjs'

const root = path.join(import.meta.dirname, '..')
const featureFlags = new FeatureFlags({ allowBackgroundSteps: true })

const DEPENDABOT = '.github/dependabot.yml'

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

/** Our own inputs are spelled right. */
function findInputFaults({ job, step }) {
  if (!isOurs(step)) return []
  return Object.keys(step.with ?? {})
    .filter((key) => !inputs.has(key))
    .map((key) => `job ${job}: "${key}" is not an input of action.yml`)
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

/** The file, or of an agentic workflow what stands for its compiled form. */
function readWorkflow(file) {
  const text = readFileSync(path.join(root, file), 'utf8')
  return file.endsWith('.md') ? renderWorkflow(parseFrontmatter(text)) : text
}

// This action exports them, so later steps find them in the context `env`; the language service sees only what a file says.
const EXPORTED = /^Context access might be invalid: (?:ANTHROPIC|OPENAI|GEMINI|COPILOT_PROVIDER)_(?:API_KEY|BASE_URL)$/

async function lintFile(file) {
  const text = readWorkflow(file)
  if (file === DEPENDABOT) return auditWorkflow(text, { rules: DEPENDABOT_RULES })
  const document = TextDocument.create(`file:///${file}`, 'yaml', 1, text)
  const check = file === 'action.yml' ? validateAction : validate
  const found = (await check(document, { featureFlags }))
    .filter(({ message }) => !EXPORTED.test(message))
    .map(({ message, range }) => `${range.start.line + 1}:${range.start.character + 1} ${message}`)
  found.push(...auditWorkflow(text, { pedantic: !file.startsWith('examples/') }))
  if (file === 'action.yml') return found
  const workflow = parse(text)
  found.push(...[...steps(workflow)].flatMap(findInputFaults), ...findOutputFaults(workflow, text))
  return found
}

let count = 0
for (const file of ['action.yml', DEPENDABOT, ...list('.github/workflows'), ...list('examples')]) {
  const faults = await lintFile(file)
  for (const fault of faults) console.error(`${file}: ${fault}`)
  if (faults.length > 0) process.exitCode = 1
  count += 1
}
console.log(`${count} YAML files checked`)
