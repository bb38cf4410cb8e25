import type { UpstreamAnswer } from '../../core/credentials/decide-refresh.ts'
import type { Outcome } from '../../core/events.ts'
import type { Secret } from '../../core/secret.ts'
import type { Call } from './call.ts'
import type { Answer } from './client/answer.ts'
import type { BodyMeter } from './meter.ts'
import type { RequestBody } from './request-body.ts'
import type { UpstreamClient } from './upstream-client.ts'

/** One request on its way: everything an attempt, and the one replay, need. */
export interface Forwarding {
  readonly call: Call
  readonly answer: Answer
  readonly client: UpstreamClient
  readonly to: 'api' | 'rest'
  /** Path and query below the upstream's base path. */
  readonly path: string
  readonly body: RequestBody
  /** What an answer means for the credential: renew and replay, pass on, or look into the body first. */
  readonly judge: (answer: UpstreamAnswer) => 'refresh' | 'pass' | 'read-body'
  /** Asked after `refresh`. Resolves to the secret for the one replay, or undefined to pass the answer through. */
  readonly recover: (status: number, used: Secret | null) => Promise<Recovery | undefined>
  readonly onEnd: (end: RelayEnd) => void
}

export interface Recovery {
  readonly secret: Secret | null
  readonly name: 'unauthorized' | 'misdirected'
}

/** How a relayed answer ended, and the meter that has seen its bytes. */
export interface RelayEnd {
  readonly outcome: Outcome
  readonly meter: BodyMeter | undefined
}
