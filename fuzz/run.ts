import { randomInt } from 'node:crypto'
import { parseFuzzArguments } from './arguments.ts'
import { runFuzz } from './run-fuzz.ts'

/** Entry of `npm run fuzz`. */
try {
  const chosen = parseFuzzArguments(process.argv.slice(2), randomInt(2 ** 32 - 1))
  process.exit((await runFuzz(chosen, (text) => console.log(text))) ? 0 : 1)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}
