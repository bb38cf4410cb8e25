import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { startRelay } from '../egress/relay/start-relay.ts'

// One connection that goes wrong in a way nobody thought of must not open or close the way for all others.
process.on('uncaughtException', (error) => void process.stderr.write(`relay: ${error.stack ?? error.message}\n`))
for (const signal of ['SIGINT', 'SIGHUP', 'SIGPIPE'] as const) process.on(signal, () => undefined)

const relay = await startRelay(await text(process.stdin))
if (relay === undefined) process.exit(1)

await Promise.race([once(process, 'SIGTERM'), relay.left])
relay.close().then(
  () => process.exit(0),
  () => process.exit(1),
)
