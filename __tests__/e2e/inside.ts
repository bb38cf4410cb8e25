import { createAgentUser } from './agent-user.ts'
import type { AgentIdentity } from './isolation.ts'
import { createNameServer } from './name-server.ts'
import { endLeftovers } from './processes.ts'
import { SCENARIOS } from './scenarios/index.ts'
import { createWorld, PROVIDER_ADDRESS, RESOLVER_ADDRESS, type Scenario, type Settings } from './world.ts'

/** Inner half of `npm run e2e`: one line per scenario, a summary, an exit code. */
const [settingsText = '{}', ...filters] = process.argv.slice(2)
const { agent, ...places } = JSON.parse(settingsText) as Omit<Settings, 'user'> & { agent: AgentIdentity }
const settings: Settings = { ...places, user: await createAgentUser(agent) }
const chosen = SCENARIOS.filter(({ name }) => filters.length === 0 || filters.some((filter) => name.includes(filter)))
const LIMIT_MS = 300_000

const names = await createNameServer(RESOLVER_ADDRESS, PROVIDER_ADDRESS)
const started = performance.now()
let failed = 0
for (const scenario of chosen) failed += (await runScenario(scenario)) ? 0 : 1
names.close()
const seconds = ((performance.now() - started) / 1000).toFixed(1)
console.log(
  `\n${chosen.length - failed} passed, ${failed} failed, ${SCENARIOS.length - chosen.length} skipped in ${seconds} s`,
)
if (chosen.length === 0) console.log(`no scenario is called like ${filters.join(', ')}`)
process.exit(failed > 0 || chosen.length === 0 ? 1 : 0)

async function runScenario(scenario: Scenario): Promise<boolean> {
  const start = performance.now()
  const world = createWorld(settings, names, scenario.name)
  const outcome = await Promise.race([attempt(scenario, world), limit()])
  await world.close()
  await endLeftovers(settings.user.keeper)
  const time = `${((performance.now() - start) / 1000).toFixed(1)} s`.padStart(8)
  console.log(`${outcome === undefined ? 'ok  ' : 'FAIL'} ${scenario.name.padEnd(36)}${time}`)
  if (outcome !== undefined) console.log(outcome.replace(/^/gm, '     '))
  return outcome === undefined
}

async function attempt(scenario: Scenario, world: Parameters<Scenario['run']>[0]): Promise<string | undefined> {
  try {
    await scenario.run(world)
    return undefined
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return `${text}\n${world.logs()}`
  }
}

function limit(): Promise<string> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(`did not end within ${LIMIT_MS / 1000} s`), LIMIT_MS).unref()
  })
}
