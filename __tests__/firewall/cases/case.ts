/** How strong a firewall is asked for. */
export type LevelName = 'off' | 'enforced' | 'wrapped'

/**
 * One thing that somebody on the machine does. `script` is bash, run as the runner's user, with these variables: MARKER (random,
 * this case's own; HEX is it without its first letter, GROUP the same as part of an IPv6 address), NAME (a name of the attacker that contains it), V4, NUMBER (the same as
 * one number) and V6 (addresses of the outside that nobody else knows), PORT (a free port), PROXY (URL of the level's forward
 * proxy, or empty), ANYPROXY (the same, or one that is not there), CA and STAGE (files), KEYREV (the sidecar's key
 * backwards), MODEL (base URL of the sidecar). `attack` runs programs/attack.py.
 */
interface CaseBase {
  readonly name: string
  /** The row of the table in docs/firewall.md where this case counts. */
  readonly row: string
  readonly script: string
  /** Started before the level is, and must print a line that contains `held`. */
  readonly before?: string
  /** Outside connects in while the script serves. */
  readonly inbound?: { readonly kind: 'pull' | 'knock'; readonly address: string }
  /** A later step of the job, not inside a wrapper. */
  readonly later?: string
  /** Run after all others, one at a time: it harms the machine. */
  readonly alone?: boolean
}

export interface BypassCase extends CaseBase {
  readonly kind: 'bypass'
  /** False: nothing shows even without a firewall; the case only guards against a later change. */
  readonly leaksWithout: boolean
  /** Levels where it gets through by design, named in the documentation. */
  readonly knownLeaks: readonly LevelName[]
  readonly proof: Proof
}

/**
 * What counts as a leak. `marker`: anywhere in a frame, a lookup or a receipt; `beyond-dns`: the same but the name server may
 * see it; `inside`: the program found what it looked for. A frame for the case's own addresses is always a leak, unless it was
 * `before` the start.
 */
export interface Proof {
  readonly marker: 'anywhere' | 'beyond-dns' | 'program-output'
  /** Further addresses that must see no frame. */
  readonly addresses: readonly string[]
  readonly ownAddresses: boolean
}

export interface UseCase extends CaseBase {
  readonly kind: 'use'
  /** Must be in the output; `MARKER` stands for the marker. */
  readonly expect: string
  /** The server that must have received the marker, by Host, server name or kind; null where nothing of ours is outside. */
  readonly receivedBy: string | null
  readonly levels: readonly LevelName[]
  readonly user: 'runner' | 'root'
}

/** A limit that is stated: it passes at every level, and a test that sees it pass keeps the documentation honest. */
export interface OpenCase extends CaseBase {
  readonly kind: 'open'
  readonly receivedBy: string
}

export type Case = BypassCase | UseCase | OpenCase

type Row = readonly (readonly [name: string, script: string, options?: BypassOptions])[]
export type BypassOptions = Partial<Omit<BypassCase, 'name' | 'row' | 'script' | 'kind' | 'proof'>> & {
  readonly proof?: Partial<Proof>
}

/** The cases of one row of the table. */
export function createBypasses(row: string, cases: Row): BypassCase[] {
  return cases.map(([name, script, options = {}]) => ({
    kind: 'bypass',
    row,
    name,
    script,
    leaksWithout: true,
    knownLeaks: [],
    ...options,
    proof: { marker: 'anywhere', addresses: [], ownAddresses: true, ...options.proof },
  }))
}

type UseOptions = Partial<Pick<UseCase, 'expect' | 'receivedBy' | 'levels' | 'user' | 'before'>>

/** A legitimate use; the answer must contain `outside` and the marker must have arrived, unless it says otherwise. */
export function createUse(name: string, script: string, options: UseOptions = {}): UseCase {
  const every: readonly LevelName[] = ['off', 'enforced', 'wrapped']
  return {
    kind: 'use',
    row: 'uses',
    name,
    script,
    expect: 'outside .*MARKER',
    receivedBy: 'allowed.example.com',
    levels: every,
    user: 'runner',
    ...options,
  }
}
