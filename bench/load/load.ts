import { runBulk } from './bulk.ts'
import { runIdle } from './idle.ts'
import type { LoadJob, LoadResult } from './jobs.ts'
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
    case 'idle':
      return runIdle(job)
  }
}

const result = await run(JSON.parse(process.argv[2] ?? '') as LoadJob)
const { user, system } = process.cpuUsage()
console.log(JSON.stringify({ ...result, ownCpu: (user + system) * 1000 }))
process.exit(0)
