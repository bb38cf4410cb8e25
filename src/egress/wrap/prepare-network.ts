import type { RelayPorts } from '../../core/egress-config.ts'
import type { WrapTools } from '../../core/wrapper/agent-exec-config.ts'
import { ADDRESS_COMMANDS } from '../../core/wrapper/own-addresses.ts'
import { runTool } from './run-tool.ts'

export type InsidePorts = Omit<RelayPorts, 'proxy'>

/** What the wrapped network needs besides addresses; rendered elsewhere, since this process knows no syntax of rules. */
export interface RedirectRules {
  /** Arguments for `ip`, one list for each call; the family comes first, `-4` or `-6`. */
  readonly routes: readonly (readonly string[])[]
  /** For `nft -f`. */
  readonly rules: string
}

/** Before the ports are opened: ::1 can be listened on only while the interface is up. */
export async function raiseLoopback({ ip }: WrapTools): Promise<void> {
  await runTool([ip, '-batch', '-'], ADDRESS_COMMANDS.ipv4)
  await withoutIpv6(runTool([ip, '-batch', '-'], ADDRESS_COMMANDS.ipv6))
}

/** After them: every address leads to the loopback interface, and the rules send every connection to a port. */
export async function redirectAll({ ip, nft }: WrapTools, { routes, rules }: RedirectRules): Promise<void> {
  const calls = routes.map((route) => {
    const call = runTool([ip, ...route], '')
    return route[0] === '-6' ? withoutIpv6(call) : call
  })
  await Promise.all([...calls, runTool([nft, '-f', '-'], rules)])
}

/** A kernel without IPv6 has no such connections either; without a route there are none that need a rule. */
function withoutIpv6(call: Promise<void>): Promise<void> {
  return call.catch(() => undefined)
}
