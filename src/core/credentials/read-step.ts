import type { ProbeAnswer } from '../probes/probe.ts'
import { deriveIssuerFailure } from './find-issuer-cause.ts'
import { deriveImpersonationRequest } from './issuers/gcp.ts'
import { parseAssertion } from './issuers/github-oidc.ts'
import { readTokenAnswer } from './read-token-answer.ts'
import type { SourceFailure, SourceOutcome } from './source.ts'
import { deriveExchangeStep, type FederatedIssuerSource } from './token-request.ts'
import type { AnswerReceipt, StepReading, TokenStep } from './token-step.ts'

/**
 * What the answer to a step means: the next step, the credential, or why there is none.
 * @param answer with its body as it came, not redacted: a redacted token is lost. `receipt.redact` is applied here to
 *   everything that may be quoted.
 */
export function readStep(step: TokenStep, answer: ProbeAnswer, receipt: AnswerReceipt): StepReading {
  const { source } = step
  if (step.issuer === 'github-oidc') return readAssertion(step, answer, receipt)
  const outcome = readTokenAnswer(step, answer, receipt)
  if (source.kind !== 'gcp' || step.issuer !== 'gcp' || source.serviceAccount === undefined) return outcome
  return deriveImpersonation(step, source.serviceAccount, outcome)
}

function readAssertion(step: TokenStep, answer: ProbeAnswer, receipt: AnswerReceipt): StepReading {
  const isSuccess = answer.kind === 'answer' && answer.status >= 200 && answer.status <= 299
  const assertion = isSuccess ? parseAssertion(answer.body) : undefined
  if (assertion === undefined || !isFederated(step.source)) return deriveIssuerFailure(step, answer, receipt.redact)
  return toReading(deriveExchangeStep(step.source, assertion))
}

// The federated token is used once, at once: its own expiry does not matter.
function deriveImpersonation(step: TokenStep, serviceAccount: string, outcome: SourceOutcome): StepReading {
  if (outcome.kind === 'failure' || outcome.credential.value.kind !== 'secret') return outcome
  const request = deriveImpersonationRequest(serviceAccount, outcome.credential.value.secret)
  return { kind: 'next', step: { ...step, issuer: 'gcp-iam', request } }
}

function toReading(step: TokenStep | SourceFailure): StepReading {
  return step.kind === 'step' ? { kind: 'next', step } : step
}

function isFederated(source: TokenStep['source']): source is FederatedIssuerSource {
  return source.kind !== 'oauth' && source.kind !== 'github-app'
}
