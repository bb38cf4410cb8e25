import type { Hostname } from '../../../src/core/hostname.ts'
import { expandBundle } from '../../../src/core/policy/expand-bundle.ts'
import type { AddressRule, HostRule, Policy, RuleScheme } from '../../../src/core/policy/policy.ts'
import { ALLOWED_NETWORK } from '../addresses.ts'

const PORTS: Readonly<Record<RuleScheme, number>> = { https: 443, http: 80, tcp: 22 }

/** One line as a user would write it in `allowed-domains`; only forms that the suite needs. */
function rule(text: string, options: { readonly port?: number; readonly mayBePrivate?: boolean } = {}): HostRule {
  const [, scheme = 'https', name = ''] = /^(?:(http|https|tcp):\/\/)?(.*)$/.exec(text) ?? []
  const isWildcard = name.startsWith('*.')
  return {
    kind: isWildcard ? 'wildcard' : 'host',
    name: (isWildcard ? name.slice(2) : name) as Hostname,
    scheme: scheme as RuleScheme,
    port: options.port ?? PORTS[scheme as RuleScheme],
    mayBePrivate: options.mayBePrivate ?? false,
    origin: { kind: 'user', line: 1, text },
  }
}

function network(text: string, port: number): AddressRule {
  return { network: text, port, origin: { kind: 'user', line: 1, text } }
}

/** What the user of the made-up job has listed. */
export const POLICY: Policy = {
  mode: 'block',
  hosts: [
    rule('allowed.example.com'),
    rule('allowed.example.com', { port: 8443 }),
    rule('http://plain.example.com'),
    rule('*.wild.example.org'),
    rule('good.cdn.example.com'),
    rule('six.example.com'),
    rule('tcp://ssh.example.com'),
    rule('ghes.example.com', { mayBePrivate: true }),
    rule('*.rebind.example.org'),
    rule('http://*.rebind.example.org'),
    ...(['github', 'node', 'python'] as const).flatMap(expandBundle),
  ],
  addresses: [network(ALLOWED_NETWORK.network, ALLOWED_NETWORK.port)],
  denied: [{ kind: 'host', name: 'denied.wild.example.org' as Hostname, origin: { kind: 'user', line: 1, text: '!' } }],
}

/** An empty list of the user's: nothing but the sidecar reaches anything. */
export const EMPTY_POLICY: Policy = { mode: 'block', hosts: [], addresses: [], denied: [] }
