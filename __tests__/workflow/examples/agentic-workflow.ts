import { readFileSync } from 'node:fs'
import path from 'node:path'
import { parse, stringify } from 'yaml'

const EXAMPLES = path.join(import.meta.dirname, '..', '..', '..', 'examples')

interface Frontmatter {
  readonly on: unknown
  readonly permissions: unknown
  readonly 'timeout-minutes': number
  readonly steps: readonly unknown[]
  readonly 'post-steps': readonly unknown[]
}

/** The workflow of an example: the file itself, or what stands for the compiled form of an agentic one. */
export function readExample(file: string): { readonly name: string; readonly text: string } {
  const text = readFileSync(path.join(EXAMPLES, file), 'utf8')
  return { name: file, text: file.endsWith('.md') ? renderWorkflow(parseFrontmatter(text)) : text }
}

/** The YAML between the first two lines of `---`. Throws when there is none, or no task below it. */
export function parseFrontmatter(text: string): Frontmatter {
  const [, yaml, task = ''] = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(text) ?? []
  if (yaml === undefined || task.trim() === '') throw new Error('An agentic workflow has a frontmatter and a task')
  return parse(yaml) as Frontmatter
}

/**
 * Of what `gh aw compile` makes, the part that is ours: its steps in the agent's job, around the engine. The engine runs in a sandbox of
 * gh-aw, which does not reach this job's loopback; a step that says so stands in its place.
 */
export function renderWorkflow(frontmatter: Frontmatter): string {
  const { on, permissions, 'timeout-minutes': limit } = frontmatter
  const engine = { name: 'The engine, in its sandbox', run: 'true', 'timeout-minutes': limit }
  const steps = [...frontmatter.steps, engine, ...frontmatter['post-steps']]
  const job = { permissions, 'runs-on': 'ubuntu-latest', 'timeout-minutes': limit, steps }
  return stringify({ name: 'agentic workflow', on, permissions: { contents: 'read' }, jobs: { agent: job } })
}
