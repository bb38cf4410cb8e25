import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { askFor, run } from './ask-model.ts'

/** Program of each package that the examples fetch. */
const PROGRAMS: Readonly<Record<string, string>> = {
  '@openai/codex': 'codex',
  '@anthropic-ai/claude-code': 'claude',
  '@github/copilot': 'copilot',
  '@google/gemini-cli': 'gemini',
}

/** Asks the registry for the package, which the firewall must let pass, and runs the program that is in it. */
await run('npx', async () => {
  const [name = '', ...rest] = process.argv.slice(2).filter((word, index) => index > 0 || word !== '-y')
  const program = PROGRAMS[name]
  if (program === undefined) throw new Error(`404 Not Found - ${name}`)
  await askFor(`https://${['registry', 'npmjs', 'org'].join('.')}/${name}`, {})
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, `${program}.ts`), ...rest], {
    stdio: 'inherit',
  })
  process.exitCode = status ?? 1
})
