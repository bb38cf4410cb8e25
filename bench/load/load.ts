import { runBulk } from './bulk.ts'
import { settleTarget } from './connect.ts'
import { runIdle } from './idle.ts'
import type { LoadJob, LoadResult } from './jobs.ts'
import { runHandshakes, runTunnels } from './new-connections.ts'
import { runSmall } from './small.ts'
import { runFlat, runPaced } from './streams.ts'
import { runWebSocket } from './websocket.ts'

/** Process: runs one {@link LoadJob} and prints its result. Any unexpected status ends it with an error. */
function run(job: LoadJob): Promise<LoadResult> {
  switch (job.kind) {
    case 'small':
      return runSmall(job)
    case 'paced':
      return runPaced(job)
    case 'flat':
      return runFlat(job)
    case 'upload':
    case 'download':
      return runBulk(job)
    case 'websocket':
      return runWebSocket(job)
    case 'handshake':
      return runHandshakes(job)
    case 'tunnel':
      return runTunnels(job)
    case 'idle':
      return runIdle(job)
  }
}

const job = JSON.parse(process.argv[2] ?? '') as LoadJob
const { uid } = job.target
if (uid !== undefined) {
  process.setgroups?.([])
  process.setgid?.(uid)
  process.setuid?.(uid)
}
const result = await run({ ...job, target: await settleTarget(job.target) })
const { user, system } = process.cpuUsage()
console.log(JSON.stringify({ ...result, ownCpu: (user + system) * 1000 }))
process.exit(0)
