import type { CauseRow } from '../cause.ts'

/** Amazon Bedrock: errors of AWS, told apart by the name of the exception or its sentence. */
export const BEDROCK_CAUSES = [
  {
    code: 'bedrock-clock-skewed',
    seen: '403 `Signature expired`, `Signature not yet current`',
    when: { kinds: ['bedrock'], status: [400, 403], body: /signature (expired|not yet current)|RequestExpired/i },
    verdict: 'rejected',
    message: '{host} refused the signature because of its time ({status}: {excerpt}).',
    fix: 'Set the clock of the runner.',
  },
  {
    code: 'bedrock-credential-expired',
    seen: '400 or 403 `ExpiredTokenException`, `The security token included in the request is expired`',
    when: { kinds: ['bedrock'], status: [400, 401, 403], body: /ExpiredToken|token[^.]{0,40} (is|has) expired/i },
    verdict: 'rejected',
    message: '{host} says that the credential has expired ({status}).',
    fix: 'Create a new Bedrock API key for {input}, or let aws-role-arn obtain keys that are renewed.',
  },
  {
    code: 'bedrock-credential-rejected',
    seen: '403 `UnrecognizedClientException`, `InvalidSignatureException`, `Authentication failed`, `Invalid API Key format`',
    when: {
      kinds: ['bedrock'],
      status: [400, 401, 403],
      body: /UnrecognizedClient|InvalidSignature|InvalidClientTokenId|MissingAuthenticationToken|security token[^.]{0,40} is invalid|signature we calculated|authentication failed|invalid api key/i,
    },
    verdict: 'rejected',
    message: '{host} refused the credential ({status}: {excerpt}).',
    fix: 'Check {input}, or aws-role-arn and aws-region, and that nothing between this runner and {host} changes requests.',
  },
  {
    code: 'bedrock-listing-denied',
    seen: '403 `AccessDeniedException: … is not authorized to perform: bedrock:ListFoundationModels`',
    when: { kinds: ['bedrock'], status: [403], body: /AccessDenied|not authorized to perform/i },
    verdict: 'inconclusive',
    message:
      '{host} knows the credential, but it may not list models ({status}); whether it may use one was not checked.',
    fix: 'Allow bedrock:ListFoundationModels too, so that this step can check the credential.',
  },
] as const satisfies readonly CauseRow[]
