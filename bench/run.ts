import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseBenchArguments } from './arguments.ts'
import { stopAll } from './machine/children.ts'
import { runBench } from './run-bench.ts'

/** Entry of `npm run bench`. */
const directory = mkdtempSync(join(tmpdir(), 'agent-proxy-bench-'))
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'setup-agent-proxy-bench')

function leave(): void {
  stopAll()
  rmSync(directory, { recursive: true, force: true })
}

process.on('exit', leave)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130))

try {
  const chosen = parseBenchArguments(process.argv.slice(2))
  const results = await runBench(chosen, { directory, cache, say: (text) => console.error(text) })
  console.log(results.text)
  if (chosen.jsonFile !== undefined) writeFileSync(chosen.jsonFile, results.json)
  process.exit(results.isComplete ? 0 : 1)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}
