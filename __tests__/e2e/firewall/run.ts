import { readFileSync } from 'node:fs'
import { createScene, type Scene } from '../../firewall/action/support/scene.ts'
import { findObstacle } from '../../firewall/harness/requirements.ts'
import { installClis } from '../install-clis.ts'
import { KEYS } from '../keys.ts'
import { CLIENTS, type Client, HOSTS, LEVELS, type Level } from './clients.ts'
import { judge } from './judge.ts'

/**
 * `npm run e2e:firewall [-- name …]`: the real CLIs, unmodified from npm, under the firewall with an empty list of the user's. Machine and
 * outside are those of the attack suite, because loopback alone, as in the other end-to-end run, is free under the firewall.
 */
const TASK = { text: 'the task is done', command: 'echo 42 > made.txt && cat made.txt' } as const
const CACHE = '/mnt/stage/cache'

async function main(): Promise<number> {
  const obstacle = findObstacle()
  const cache = obstacle === undefined ? installClis(process.env) : undefined
  if (cache?.kind !== 'ready') {
    console.log(`skipped: ${obstacle ?? cache?.reason}`)
    return process.env.CI === 'true' ? 1 : 0
  }
  const filters = process.argv.slice(2)
  const all = LEVELS.flatMap((level) => CLIENTS.map((client) => ({ level, client, name: `${level} ${client.name}` })))
  const chosen = all.filter(({ name }) => filters.length === 0 || filters.some((filter) => name.includes(filter)))
  let failed = 0
  for (const { level, client, name } of chosen) {
    const begin = performance.now()
    const problems = await runScenario(cache.directory, client, level)
    const seconds = ((performance.now() - begin) / 1000).toFixed(1)
    console.log(`${problems.length === 0 ? 'ok  ' : 'FAIL'} ${name.padEnd(24)}${seconds.padStart(6)} s`)
    for (const problem of problems) console.log(problem.replace(/^/gm, '     '))
    if (problems.length > 0) failed += 1
  }
  return failed === 0 && chosen.length > 0 ? 0 : 1
}

/** A world of its own for each, so that what the outside has received is this client's doing. */
async function runScenario(cache: string, client: Client, level: Level): Promise<readonly string[]> {
  const scene = await createScene({ hosts: HOSTS, conversation: TASK })
  try {
    await scene.root(`mkdir ${CACHE} && mount --bind ${cache} ${CACHE} && mount -o remount,bind,ro ${CACHE}`)
    return await runClient(scene, client, level)
  } catch (error) {
    return [error instanceof Error ? (error.stack ?? error.message) : String(error)]
  } finally {
    await scene.close()
  }
}

/** One job with one client. @returns what is wrong, in sentences. */
async function runClient(scene: Scene, client: Client, level: Level): Promise<readonly string[]> {
  const inputs = { 'firewall-level': level, 'log-directory': 'logs', ...client.inputs(KEYS) }
  const job = await scene.openJob({ inputs, withoutKey: true })
  const main = await job.runMain()
  if (main.code !== 0) return [`main ended with ${main.code}`, ...main.annotations('error')]
  const PATH = [...job.paths, `${CACHE}/node_modules/.bin`, job.environment.PATH].join(':')
  const prefix = level === 'wrapped' ? 'agent-exec -- ' : ''
  const result = await job.agent(`${prefix}${client.command} </dev/null`, { PATH })
  const made = (await job.agent('cat made.txt')).stdout.trim()
  await job.runPost()
  const log = readFileSync(job.outer('workspace/logs/firewall.jsonl'), 'utf8')
  const summary = job.readSummary()
  await job.end()
  const { receipts } = await scene.world.evidence()
  return judge(client, { result, made, log, summary, receipts, vendors: await scene.vendors.seen() })
}

process.exitCode = await main()
