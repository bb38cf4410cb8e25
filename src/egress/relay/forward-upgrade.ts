import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { deriveFailure } from './attempt.ts'
import { closePolitely } from './close-politely.ts'
import type { AllowedRequest } from './decide-request.ts'
import { type DialError, toDialError } from './dial-error.ts'
import type { FarSide } from './far-side.ts'
import { joinSides, passDown } from './join-sides.ts'
import { type Reaching, reach } from './pass-through.ts'
import { type AnswerHead, giveBack, readAnswerHead } from './read-answer-head.ts'
import type { RelayContext } from './relay-context.ts'
import { renderPlainAnswer } from './render-plain-answer.ts'

export interface UpgradeExchange {
  readonly request: IncomingMessage
  readonly client: Socket
  /** What the client has sent behind the head. */
  readonly head: Buffer
}

const ANSWER_MS = 60_000

/** Sends the request for a WebSocket on; only when the far side agrees to it do both become a tunnel. */
export async function forwardUpgrade(
  context: RelayContext,
  allowed: AllowedRequest,
  exchange: UpgradeExchange,
): Promise<void> {
  const { attempt, outcome } = allowed
  const { client } = exchange
  const onFailure = ({ reason, failure }: DialError): void => {
    const text = `setup-agent-proxy: the host is allowed and could not be reached (${reason ?? failure}).\n`
    closePolitely(client, renderPlainAnswer(502, text))
  }
  const target = await allowed.findTarget()
  const dial: Reaching['dial'] = (settle) => context.dialer.dial(target, { client }, settle)
  reach({ client, attempt, outcome, onFailure, dial }, (far) => void sendUpgrade(far, { allowed, exchange, onFailure }))
}

interface Upgrading {
  readonly allowed: AllowedRequest
  readonly exchange: UpgradeExchange
  readonly onFailure: (error: DialError) => void
}

async function sendUpgrade(far: FarSide, { allowed, exchange, onFailure }: Upgrading): Promise<void> {
  const { attempt, outcome } = allowed
  const { client } = exchange
  const onGone = (): void => void far.socket.destroy()
  client.once('close', onGone)
  far.socket.write(renderHead(allowed, exchange.request), 'latin1')
  try {
    const answer = await readAnswerHead(far, AbortSignal.timeout(ANSWER_MS))
    client.off('close', onGone)
    finish({ far, answer, exchange, onClose: () => attempt.end(outcome) })
  } catch (error) {
    far.socket.destroy()
    attempt.end(deriveFailure(outcome, toDialError(error)))
    onFailure(toDialError(error))
  }
}

function renderHead({ reading }: AllowedRequest, request: IncomingMessage): string {
  const lines = [`${request.method} ${reading.path} HTTP/1.1`]
  for (let at = 0; at + 1 < reading.headers.length; at += 2) {
    lines.push(`${reading.headers[at]}: ${reading.headers[at + 1]}`)
  }
  return `${lines.join('\r\n')}\r\n\r\n`
}

interface Finish {
  readonly far: FarSide
  readonly answer: AnswerHead
  readonly exchange: UpgradeExchange
  readonly onClose: () => void
}

function finish({ far, answer, exchange, onClose }: Finish): void {
  const { client, head } = exchange
  client.write(answer.head)
  const whole = giveBack(far, answer.rest)
  if (answer.status === 101) {
    if (head.length > 0) far.socket.write(head)
    joinSides(client, whole, onClose)
    return
  }
  // No tunnel: the answer passes, and what the client says next would be a request that nobody has decided.
  client.once('data', () => client.destroy())
  client.once('close', () => {
    far.socket.destroy()
    onClose()
  })
  client.resume()
  far.socket.once('close', () => client.destroySoon())
  passDown(whole, client)
}
