/**
 * What main, `agent-exec` and its bridge agree on in the wrapped level. Nothing in it is secret: the agent may read it.
 */
export interface AgentExecConfig {
  readonly version: 1
  readonly tools: WrapTools
  /** Absolute paths of node, and of the script that runs between the agent's network and the relay. */
  readonly node: string
  readonly bridge: string
  /** The relay's unix socket. Its directory is hidden from the command; only the bridge reaches it. */
  readonly relaySocket: string
  /** Ports on 127.0.0.1 outside that are offered inside under the same numbers, such as the sidecar's. */
  readonly forwardedPorts: readonly number[]
  /** Port of the forward proxy inside, the one that HTTPS_PROXY names; null when none is exported. */
  readonly proxyPort: number | null
  /** Directories and sockets that the command must not see, besides /run and the relay's directory. Missing ones are skipped. */
  readonly hiddenPaths: readonly string[]
  /** What the command may read but not change, such as the action's own directory: a later step runs from it. */
  readonly readOnlyPaths: readonly string[]
}

/** Absolute paths of programs; `env` is null where its version cannot restore signals. */
export type WrapTools =
  | {
      readonly method: 'bwrap'
      readonly bwrap: string
      readonly nft: string
      readonly ip: string
      readonly env: string | null
    }
  | {
      readonly method: 'unshare'
      readonly unshare: string
      readonly setpriv: string
      readonly mount: string
      readonly shell: string
      readonly nft: string
      readonly ip: string
      readonly env: string | null
    }

/** Exit codes of the starter's own failures, as container runtimes have them; 126 and 127 are the command's. */
export const WRAP_FAILED = 125

/** agent-exec → bridge over their private channel: this first, then one line for every signal. */
export interface BridgeLaunch {
  readonly config: AgentExecConfig
  readonly command: readonly string[]
  /** The command's own; the bridge itself runs with an empty one. */
  readonly environment: Readonly<Record<string, string>>
  readonly cwd: string
  readonly uid: number
  readonly gid: number
}

export interface BridgeSignal {
  readonly signal: string
}

/** Bridge → agent-exec. Without one of these the bridge was ended by somebody else. */
export type BridgeReply =
  | { readonly kind: 'failed'; readonly reason: string }
  /** The command's exit code; 128 + n when signal n ended it. */
  | { readonly kind: 'exited'; readonly code: number }
