/**
 * Every failure the user can cause or fix is a Fault: one row, one sentence in four parts (what could not be done, what was
 * found by shape, what is needed, how to fix it). Faults are collected and reported together; an ActionError carries them.
 */
export interface Fault {
  /** Closed code, also the anchor in docs/troubleshooting.md. */
  readonly code: FaultCode
  /** The input the fault belongs to, where there is one. */
  readonly input?: string
  /** The line of that input, counted from 1, where the input is a list of lines. */
  readonly line?: number
  /** Annotation title, at most 60 characters. */
  readonly title: string
  /** What was found and what is needed. Never contains the value of a secret. */
  readonly message: string
  /** What to do, as one sentence. */
  readonly fix: string
}

export type FaultCode =
  | 'input-invalid'
  | 'input-conflict'
  | 'topology-invalid'
  | 'topology-contradiction'
  | 'secret-missing'
  | 'secret-malformed'
  | 'secret-wrong-kind'
  | 'oidc-unavailable'
  | 'nothing-configured'
  | 'config-invalid'
  | 'credential-rejected'
  | 'credential-inconclusive'
  | 'model-unavailable'
  | 'sidecar-start'
  | 'firewall-unavailable'
  | 'firewall-start'
  | 'cli-file'
  | 'internal'

const MARKER = Symbol.for('setup-agent-proxy.action-error')

/** Thrown once the faults of a phase are complete; caught once, in the entry. */
export class ActionError extends Error {
  readonly faults: readonly Fault[]
  readonly [MARKER] = true

  constructor(faults: readonly Fault[], options?: ErrorOptions) {
    super(faults.map((fault) => `${fault.title}: ${fault.message} ${fault.fix}`).join('\n'), options)
    this.name = 'ActionError'
    this.faults = faults
  }
}

/** Recognises an ActionError also when it comes from another bundle, where `instanceof` is false. */
export function isActionError(error: unknown): error is ActionError {
  return typeof error === 'object' && error !== null && MARKER in error
}

/** The full text of a fault as one line of an annotation. */
export function renderFault(fault: Fault): string {
  return `${fault.message} ${fault.fix}`
}
