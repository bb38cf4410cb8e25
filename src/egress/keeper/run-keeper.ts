import type { RelayConfig, RelayReply } from '../../core/egress-config.ts'
import { EventRecorder } from '../guard/event-recorder.ts'
import { FirewallLog, type LogFile } from '../guard/firewall-log.ts'
import { describeFailure } from '../guard/guard-failure.ts'
import { ProcessFinder } from '../guard/process-finder.ts'
import { isAlive } from '../guard/process-identity.ts'
import { RelayKeeper } from '../guard/relay-keeper.ts'

/**
 * Room: keeper. What the guard is in the enforced level, without being root: keeps a relay alive, writes the firewall log, ends with
 * the job. Never knows: rules of the kernel, privileges.
 */
export interface KeeperEffects {
  readonly reply: (reply: RelayReply) => void
  /** Closes the channel to who has started this: the step may end. */
  readonly detach: () => void
  /** Program and arguments of the relay. */
  readonly command: readonly string[]
  /** Descriptor of the processes' own log. */
  readonly logFd: number
  readonly log: LogFile
  readonly platform: NodeJS.Platform
  readonly exit: (code: number) => void
  /** ISO 8601, UTC. */
  readonly now: () => string
}

export interface KeptRelay {
  /** Ends the relay and leaves. */
  end(): void
}

const MAX_LOG_BYTES = 64 * 1024 * 1024
const POLL_MS = 250
const GRACE_MS = 1000

/** Starts the relay and says `ready`, or says why it could not be started and leaves. */
export function runKeeper(config: RelayConfig, effects: KeeperEffects): KeptRelay {
  const log = new FirewallLog({ file: effects.log, maxBytes: MAX_LOG_BYTES, now: effects.now })
  const finder = new ProcessFinder()
  // /proc is Linux; a wrapper's bridge tells the program by itself.
  const find = effects.platform === 'linux' ? finder.find.bind(finder) : () => undefined
  const recorder = new EventRecorder({
    ...{ append: (event) => log.append(event), forget: (inode) => finder.forget(inode), now: effects.now, find },
    isOwn: () => false,
  })
  const keeper = new RelayKeeper({
    ...{ config, command: effects.command, logFd: effects.logFd },
    onReply: (reply) => (reply.kind === 'opened' ? recorder.onOpened(reply) : recorder.onEvent(reply)),
    onRestarted: (how) => recorder.note('relay-restarted', how),
  })
  let isEnding = false
  const end = (detail: string): void => {
    if (isEnding) return
    isEnding = true
    clearInterval(timer)
    void keeper.close(GRACE_MS).then(() => {
      recorder.note('stopped', detail)
      log.close()
      effects.exit(0)
    })
  }
  const timer = setInterval(() => {
    if (!isJobAlive(config.watch ?? null, effects.platform)) end('the process of the job is gone')
  }, POLL_MS)
  start(keeper, effects, () => recorder.note('started'))
  return { end: () => end('asked to end') }
}

function start(keeper: RelayKeeper, effects: KeeperEffects, onStarted: () => void): void {
  keeper.start().then(
    (ports) => {
      onStarted()
      effects.reply({ kind: 'ready', ports })
      effects.detach()
    },
    async (error: unknown) => {
      // One that was only slow lives still, and would serve without a log.
      await keeper.close(GRACE_MS)
      effects.reply({ kind: 'failed', reason: describeFailure(error) })
      effects.exit(1)
    },
  )
}

/** Where there is no /proc only the pid can be asked for, and nothing is watched in a job container, whose job has no pid here. */
function isJobAlive(watch: (RelayConfig['watch'] & object) | null, platform: NodeJS.Platform): boolean {
  if (watch === null) return true
  if (platform === 'linux' && watch.startTime !== null) return isAlive(watch)
  try {
    process.kill(watch.pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
