/**
 * The map of the made-up world: who has which address. Nothing here is private or reserved unless the case is about that, because
 * the relay refuses internal addresses. All of it exists only inside namespaces of the suite.
 */
export const JOB = { v4: '10.1.0.4', v6: '2a0f:bee::4', gateway4: '10.1.0.1', gateway6: '2a0f:bee::1' } as const
export const CONTAINER = { network: '172.18.0.0/16', bridge: '172.18.0.1', v4: '172.18.0.2', port: 8080 } as const

/** Every address of these networks belongs to the outside. */
export const OUTSIDE_NETWORKS = {
  v4: ['45.67.0.0/16', '10.20.0.0/16', '169.254.169.254/32', '168.63.129.16/32'],
  v6: ['2a0f:cafe::/32', '64:ff9b::/96', '2002::/16'],
} as const

export const NAME_SERVER = { v4: '45.67.0.53', v6: '2a0f:cafe::53' } as const
export const METADATA = '169.254.169.254'
export const PLATFORM = '168.63.129.16'
export const DOH = '45.67.0.8'
export const BANNER_HOST = '45.67.0.13'
export const SHARED = '45.67.0.14'
export const ALLOWED_NETWORK = { network: '45.67.3.0/24', address: '45.67.3.7', port: 9000 } as const

/** A name → its addresses. A key that starts with `*.` covers every name below it. */
export const ZONE: Readonly<Record<string, readonly string[]>> = {
  'allowed.example.com': ['45.67.0.10', '2a0f:cafe::10'],
  'plain.example.com': ['45.67.0.11'],
  '*.wild.example.org': ['45.67.0.12'],
  'ssh.example.com': [BANNER_HOST],
  'good.cdn.example.com': [SHARED],
  'bad.cdn.example.com': [SHARED],
  'github.com': ['45.67.0.15'],
  'made-up.npmjs.org': ['45.67.0.16'],
  'made-up.pypi.org': ['45.67.0.17'],
  'api.model.example.com': ['45.67.0.18'],
  'six.example.com': ['2a0f:cafe::20'],
  'proxy.example.com': ['45.67.0.31'],
  'api.openai.com': ['45.67.1.1'],
  'api.githubcopilot.com': ['45.67.1.2'],
  'api.github.com': ['45.67.1.3'],
  'api.anthropic.com': ['45.67.1.4'],
  'generativelanguage.googleapis.com': ['45.67.1.5'],
  'six.model.example.com': ['2a0f:cafe:2::1'],
  'llm.ghes.example.com': ['10.20.30.41'],
  'ghes.example.com': ['10.20.30.40'],
  'doh.example.net': [DOH],
  '*.meta.rebind.example.org': [METADATA],
  '*.loop.rebind.example.org': ['127.0.0.1'],
  '*.private.rebind.example.org': ['10.20.0.9'],
  '*.own.rebind.example.org': [JOB.v4],
  '*.mapped.rebind.example.org': [`::ffff:${METADATA}`],
  '*.nat64.rebind.example.org': ['64:ff9b::a9fe:a9fe'],
  '*.sixtofour.rebind.example.org': ['2002:a9fe:a9fe::1'],
}

/** What is below this name belongs to the attacker; each case has its own name and addresses there. */
export const HOSTILE_ZONE = 'evil.example.net'

/** A marker is `m` and 12 hex digits; the addresses that only its case knows follow from it. */
export function deriveAddresses(marker: string): { readonly v4: string; readonly v6: string } {
  const hex = marker.slice(1)
  const byte = (at: number): number => Number.parseInt(hex.slice(at, at + 2), 16)
  return {
    v4: `45.67.${16 + (byte(0) % 240)}.${1 + (byte(2) % 254)}`,
    v6: `2a0f:cafe:1::${hex.slice(0, 4)}:${hex.slice(4, 8)}`,
  }
}

export const MARKER = /m[0-9a-f]{12}/

/** What the authoritative server of the world says about a name: its addresses, or undefined when it does not exist. */
export function lookUp(name: string): readonly string[] | undefined {
  const exact = ZONE[name]
  if (exact !== undefined) return exact
  if (name.endsWith(`.${HOSTILE_ZONE}`)) {
    const marker = MARKER.exec(name)?.[0]
    return marker === undefined ? undefined : Object.values(deriveAddresses(marker))
  }
  const parent = Object.keys(ZONE).find((key) => key.startsWith('*.') && name.endsWith(key.slice(1)))
  return parent === undefined ? undefined : ZONE[parent]
}
