import type { EgressLogEvent } from './egress-event.ts'
import type { Policy } from './policy/policy.ts'
import type { LaunchMessage, SidecarReply } from './sidecar-config.ts'

/**
 * What the action, the guard (root half), the relay and the wrapper agree on. None of it holds a secret but `upstreamProxy`,
 * whose URL may carry a password, and the launch message of the sidecar: both travel over stdin, once.
 */

/** Ports on 127.0.0.1 and ::1 where the relay listens in the enforced level; the rule set redirects to them. */
export interface RelayPorts {
  /** TLS: reads the server name. */
  readonly tls: number
  /** Plain HTTP: reads and re-serialises every request. */
  readonly http: number
  /** Every other TCP port: allowed only by a `tcp://` rule or an address rule. */
  readonly tcp: number
  /** DNS over UDP and over TCP. */
  readonly dnsUdp: number
  readonly dnsTcp: number
  /** Forward proxy for clients that obey HTTPS_PROXY. */
  readonly proxy: number
}

/** The relay's one message on stdin. */
export interface RelayConfig {
  readonly version: 1
  readonly runId: string
  readonly policy: Policy
  /** How connections reach the relay: redirected by the kernel, or through unix sockets of a wrapper's bridge. */
  readonly entrance:
    | { readonly kind: 'redirect' }
    /** Directory that only this user can enter; the relay makes one socket in it. */
    | { readonly kind: 'bridge'; readonly socketPath: string; readonly forwardedPorts: readonly number[] }
    /** Only the forward proxy, for the cooperative level. */
    | { readonly kind: 'proxy-only' }
  /** Addresses of the real name servers (`192.0.2.1`, `[2001:db8::1]:53`); the local stub would give back our own answers. */
  readonly nameservers: readonly string[]
  /** Lines of /etc/hosts that were there at the start. */
  readonly hosts: string
  /** Corporate proxy through which every allowed connection goes; NO_PROXY as the user has it. */
  readonly upstreamProxy: { readonly url: string; readonly noProxy: string } | null
  /** PEM texts trusted, beside the usual roots, for the TLS of an https corporate proxy; absent = none. */
  readonly extraCa?: readonly string[]
  /** Ports to prefer, so that a restarted relay answers where the rules point; null at the first start. */
  readonly ports: RelayPorts | null
  /** Without a guard the keeper ends, and the relay with it, when the process of the job is gone; null or absent: it never does. */
  readonly watch?: { readonly pid: number; readonly startTime: string | null } | null
}

/** Relay → guard (or action), lines of JSON on fd 3 (enforced) or stdout. */
export type RelayReply =
  | { readonly kind: 'ready'; readonly ports: RelayPorts }
  | { readonly kind: 'failed'; readonly reason: string }
  /** A client has connected: the guard looks up its program while it still holds the socket, for the event that comes later. */
  | { readonly kind: 'opened'; readonly inode: number }
  /** `inode` is the client's socket: the guard finds the program that holds it and completes the event. */
  | {
      readonly kind: 'event'
      readonly event: EgressLogEvent
      readonly inode: number | null
    }

/**
 * The guard's message on stdin: one line of JSON. As long as nothing is ready, a second line `cancel` makes it undo all and say
 * `failed`; that stdin ends means nothing.
 */
export interface GuardConfig {
  readonly version: 1
  readonly runId: string
  readonly runnerUid: number
  readonly runnerGid: number
  /** Account name of the runner, for sudoers; null where the uid has none. */
  readonly runnerName: string | null
  /** Numeric uids without an account, above the ranges that systemd hands out and below int32. */
  readonly relayUid: number
  readonly sidecarUid: number
  /** The job's process: when it is gone, everything is undone. */
  readonly watch: { readonly pid: number; readonly startTime: string | null }
  readonly relay: Omit<RelayConfig, 'ports'>
  readonly privileges: { readonly sudo: 'off' | 'keep'; readonly docker: 'off' | 'keep' }
  /** Addresses that root may reach: the virtual machine's own agent (169.254.169.254, 168.63.129.16). */
  readonly rootAddresses: readonly string[]
  /** Directory owned by root that the runner's user cannot write: copies of node and the bundles, logs, undo. */
  readonly directory: string
  /** Bundles to copy from, and the node to run. */
  readonly bundles: {
    readonly relay: string
    readonly guard: string
    readonly sidecar: string
    readonly worker: string
    readonly credentialProcess: string
  }
  readonly node: string
  /** The sidecar's launch, started by the guard under its own uid; null when the firewall runs alone. */
  readonly sidecar: {
    readonly message: LaunchMessage
    readonly arguments: readonly string[]
    readonly environment: Readonly<Record<string, string>>
  } | null
  readonly maxAgeMs: number
}

/** Guard → action, lines of JSON on stdout: what the sidecar says, then ready or failed. After that stdout is closed. */
export type GuardReply =
  | { readonly kind: 'sidecar'; readonly reply: SidecarReply }
  | {
      readonly kind: 'ready'
      readonly guardPid: number
      readonly sidecarPid: number | null
      readonly proxyPort: number
      /** Firewall log (JSONL), readable by the runner's user, written by root. */
      readonly logPath: string
      readonly sidecarLogDirectory: string | null
      /** What stays open although it should not, e.g. a docker socket kept on purpose: sentences for the summary. */
      readonly limits: readonly string[]
    }
  | { readonly kind: 'failed'; readonly reason: string }
