import { parseSoakArguments } from './arguments.ts'
import { renderSoak } from './render-soak.ts'
import { runSoak } from './run-soak.ts'

/** Entry of `npm run soak`. */
try {
  const { minutes, seed } = parseSoakArguments(process.argv.slice(2), () => Date.now() % 1_000_000)
  const started = performance.now()
  const say = (text: string): void => console.error(`${((performance.now() - started) / 1000).toFixed(0)} s: ${text}`)
  say(`${minutes} minutes of mixed traffic, seed ${seed}`)
  const result = await runSoak({ seconds: minutes * 60, seed, say })
  console.log(renderSoak(result))
  process.exit(result.misses.length === 0 ? 0 : 1)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}
