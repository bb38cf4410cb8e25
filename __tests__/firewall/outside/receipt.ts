/** One thing that a server of the outside has received: the proof that something got out. */
export interface Receipt {
  /** `http`, `https`, `dns-udp`, `tcp-22` … */
  readonly server: string
  /** Everything an attacker could have hidden a marker in: names, URL, headers, the beginning of the body. */
  readonly text: string
  /** The address that was dialled. */
  readonly address?: string | undefined
  /** Host of the request, as the server understood it. */
  readonly host?: string | undefined
  /** Server name of the TLS connection. */
  readonly sni?: string | undefined
}

/** Requests of the suite to the process of the outside, one line of JSON each; the answer has the same `id`. */
export type OutsideRequest =
  | { readonly id: number; readonly kind: 'receipts' }
  /** The outside connects to the machine and keeps what it is sent there. */
  | { readonly id: number; readonly kind: 'pull'; readonly address: string; readonly port: number }
  /** The outside sends one datagram to the machine. */
  | { readonly id: number; readonly kind: 'knock'; readonly address: string; readonly port: number }
