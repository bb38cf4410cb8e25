import { type Hostname, parseHostname } from '../../src/core/hostname.ts'
import type { RuleScheme } from '../../src/core/policy/policy.ts'

/** The made-up world of the egress rows. The addresses exist only inside namespaces of the bench. */
export const EGRESS_HOST = toHostname('upstream.example.com')
export const OUTSIDE_ADDRESS = '45.67.0.10'
export const INSIDE_ADDRESS = '45.67.0.1'
export const TLS_PORT = 443
/** Raw TCP by a `tcp://` rule: bulk that no encryption at the ends slows down. */
export const RAW_PORT = 8080
/** A port for TLS where the client is expected to speak first, and never does. */
export const SILENT_PORT = 8443

/** Accounts of the enforced level, and one that stands for the agent. */
export const RELAY_UID = 1_900_000_001
export const SIDECAR_UID = 1_900_000_002
export const CLIENT_UID = 65_534

const BYSTANDERS = 60

/** Rules as a job has them: what the load uses stands behind the names of a usual list. */
export const RULES: readonly { readonly name: Hostname; readonly scheme: RuleScheme; readonly port: number }[] = [
  ...Array.from({ length: BYSTANDERS }, (_, at) => ({
    name: toHostname(`host-${at}.example.org`),
    scheme: 'https' as const,
    port: 443,
  })),
  { name: EGRESS_HOST, scheme: 'https', port: TLS_PORT },
  { name: EGRESS_HOST, scheme: 'https', port: SILENT_PORT },
  { name: EGRESS_HOST, scheme: 'tcp', port: RAW_PORT },
]

function toHostname(text: string): Hostname {
  const name = parseHostname(text)
  if (name === undefined) throw new Error(`The bench made a bad host name: ${text}`)
  return name
}
