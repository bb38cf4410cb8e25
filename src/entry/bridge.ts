import { Socket } from 'node:net'
import { serveBridge } from '../egress/wrap/serve-bridge.ts'
import { deriveRulePlan } from '../firewall/derive-rule-plan.ts'
import { deriveRouteCommands, renderNft } from '../firewall/render-nft.ts'
import { writeWhole } from './write-whole.ts'

const CHANNEL_FD = 3

// What reaches a whole process group is meant for the command, which has it already or gets it from agent-exec.
for (const signal of ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const) {
  process.on(signal, () => undefined)
}
// A fault in one connection must not end the others; what is seen here is a defect, so it is said aloud. What a client sent is not.
process.on('uncaughtException', (error) => writeWhole(2, `agent-exec: defect in the bridge: ${error.message}\n`))

serveBridge({
  channel: new Socket({ fd: CHANNEL_FD, readable: true, writable: true }),
  exit: (code) => process.exit(code),
  warn: (text) => writeWhole(2, `${text}\n`),
  renderRules: (ports) => {
    const plan = deriveRulePlan({ kind: 'wrapped', ports })
    return { routes: deriveRouteCommands(plan).add, rules: renderNft(plan) }
  },
  kill: (pid, signal) => {
    try {
      process.kill(pid, signal)
    } catch {
      // It has just ended.
    }
  },
})
