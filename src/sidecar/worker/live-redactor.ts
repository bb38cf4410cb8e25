import { listSecretTexts } from '../../core/credentials/aws-keys.ts'
import type { RequestEvent } from '../../core/events.ts'
import { createRedactor } from '../../core/redact.ts'
import type { Secret } from '../../core/secret.ts'

/** Frees texts of every secret of the launch, and of credentials obtained since. */
export interface LiveRedactor {
  readonly redact: (text: string) => string
  /** From now on this credential is removed, too. */
  readonly remember: (secret: Secret) => void
}

/** Credentials that have been replaced are still looked for: an upstream may echo an old one for a while. */
const MOST_REMEMBERED = 32

/** Begins with the secrets of the launch message, which are never forgotten. */
export function createLiveRedactor(launchSecrets: readonly string[]): LiveRedactor {
  let remembered: string[] = []
  let redact = createRedactor(launchSecrets)
  return {
    redact: (text) => redact(text),
    remember: (secret) => {
      remembered = [...remembered, ...listSecretTexts(secret)].slice(-MOST_REMEMBERED)
      redact = createRedactor([...launchSecrets, ...remembered])
    },
  }
}

/**
 * The event without a secret in the name of its model. Client and upstream name the model, and either may put one there; cleaned
 * once, before figures, log and pages have it.
 */
export function cleanModel(event: RequestEvent, { redact }: LiveRedactor): RequestEvent {
  return event.model === undefined ? event : { ...event, model: redact(event.model) }
}
