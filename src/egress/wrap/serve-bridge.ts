import type { Socket } from 'node:net'
import {
  type BridgeLaunch,
  type BridgeReply,
  type BridgeSignal,
  WRAP_FAILED,
} from '../../core/wrapper/agent-exec-config.ts'
import { type Bridge, type BridgePorts, runBridge } from './run-bridge.ts'

export interface BridgeProcess extends BridgePorts {
  /** To agent-exec. */
  readonly channel: Socket
  readonly exit: (code: number) => void
}

/**
 * Runs the bridge by what agent-exec says over the channel. When the channel ends agent-exec is gone: the bridge ends too, and
 * the command with it.
 */
export function serveBridge({ channel, exit, ...ports }: BridgeProcess): void {
  const leave = (reply: BridgeReply): void => {
    const code = reply.kind === 'exited' ? reply.code : WRAP_FAILED
    channel.end(`${JSON.stringify(reply)}\n`, () => exit(code))
  }
  let bridge: Bridge | undefined
  let seen = ''
  channel.setEncoding('utf8')
  channel.on('data', (text: string) => {
    seen += text
    const lines = seen.split('\n')
    seen = lines.pop() ?? ''
    for (const line of lines) {
      if (bridge === undefined) bridge = start(JSON.parse(line) as BridgeLaunch, ports, leave)
      else bridge.signal((JSON.parse(line) as BridgeSignal).signal)
    }
  })
  channel.once('end', () => exit(WRAP_FAILED))
  channel.once('error', () => exit(WRAP_FAILED))
}

function start(launch: BridgeLaunch, ports: BridgePorts, reply: (reply: BridgeReply) => void): Bridge {
  const bridge = runBridge(launch, ports)
  bridge.ended.then(
    (code) => reply({ kind: 'exited', code }),
    (error: Error) => reply({ kind: 'failed', reason: `the command could not be set apart: ${error.message}` }),
  )
  return bridge
}
