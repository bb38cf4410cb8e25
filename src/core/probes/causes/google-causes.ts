import type { CauseRow } from '../cause.ts'

const CREDENTIALS_PAGE = 'https://console.cloud.google.com/apis/credentials'

/** Gemini API and Vertex AI. A bad key is a 400 here; reasons are those of google.rpc.ErrorInfo. */
export const GOOGLE_CAUSES = [
  {
    code: 'google-key-expired',
    seen: '400 `API key expired. Please renew the API key.`',
    when: { kinds: ['gemini', 'vertex'], status: [400, 401, 403], body: /api key expired|api_key_expired/i },
    verdict: 'rejected',
    message: '{host} says that the API key has expired ({status}).',
    fix: 'Create a new key at https://aistudio.google.com/apikey (Vertex AI: in the Cloud console) and store it behind {input}.',
  },
  {
    code: 'google-key-leaked',
    seen: '403 `Your API key was reported as leaked`',
    when: { kinds: ['gemini', 'vertex'], status: [400, 403], body: /reported as leaked/i },
    verdict: 'rejected',
    message: '{host} has blocked the API key because it was found published ({status}).',
    fix: 'Delete the key, create a new one at https://aistudio.google.com/apikey and keep it in a secret only.',
  },
  {
    code: 'google-key-rejected',
    seen: '400 `API_KEY_INVALID`, `API key not valid. Please pass a valid API key.`',
    when: { kinds: ['gemini', 'vertex'], status: [400, 401, 403], body: /api_key_invalid|api key not (valid|found)/i },
    verdict: 'rejected',
    message: '{host} refused the API key ({status}, API_KEY_INVALID).',
    fix: 'Create a key at https://aistudio.google.com/apikey (Vertex AI: express mode in the Cloud console) and store it behind {input}.',
  },
  {
    code: 'google-key-empty',
    seen: 'HTML page `Error 400 (Bad Request)!!1`',
    when: { kinds: ['gemini', 'vertex'], status: [400], body: /!!1/, shape: 'html' },
    verdict: 'rejected',
    message:
      '{host} answered with its HTML error page (400), as it does when the key header is empty or no valid header value.',
    fix: 'Check the secret behind {input}: it must be the key alone, without quotes, spaces or line breaks.',
  },
  {
    code: 'google-key-api-blocked',
    seen: '403 `API_KEY_SERVICE_BLOCKED`, `Requests to this API … are blocked`',
    when: {
      kinds: ['gemini', 'vertex'],
      status: [403],
      body: /api_key_service_blocked|requests to this api[^"]{0,120}are blocked/i,
    },
    verdict: 'rejected',
    message: '{host} knows the key, but the key is restricted to other Google APIs (403).',
    fix: `Edit the key at ${CREDENTIALS_PAGE} → API restrictions and add this API.`,
  },
  {
    code: 'google-key-caller-blocked',
    seen: '403 `API_KEY_IP_ADDRESS_BLOCKED`, `API_KEY_HTTP_REFERRER_BLOCKED` and the Android and iOS kinds',
    when: {
      kinds: ['gemini', 'vertex'],
      status: [403],
      body: /api_key_(ip_address|http_referrer|android_app|ios_app)_blocked/i,
    },
    verdict: 'rejected',
    message: '{host} knows the key, but its application restrictions shut this runner out (403).',
    fix: `Edit the key at ${CREDENTIALS_PAGE} → Application restrictions: none, or the runner’s address.`,
  },
  {
    code: 'google-service-disabled',
    seen: '403 `SERVICE_DISABLED`, `… API has not been used in project … before or it is disabled`',
    when: { kinds: ['gemini', 'vertex'], status: [403], body: /service_disabled|has not been used in project/i },
    verdict: 'rejected',
    message: '{host} knows the key, but the API is not enabled in its project (403).',
    fix: 'Enable the API in the key’s project at https://console.cloud.google.com/apis/library and wait some minutes.',
  },
  {
    code: 'google-project-blocked',
    seen: '403 `CONSUMER_SUSPENDED`, `BILLING_DISABLED`, `CONSUMER_INVALID`',
    when: {
      kinds: ['gemini', 'vertex'],
      status: [403],
      body: /consumer_suspended|billing_disabled|consumer_invalid|has been suspended/i,
    },
    verdict: 'rejected',
    message: '{host} knows the key, but its project is suspended or has no billing (403).',
    fix: 'Open the project in https://console.cloud.google.com/billing and settle what it shows, or use a key of another project.',
  },
  {
    code: 'google-region',
    seen: '400 `User location is not supported for the API use`',
    when: { kinds: ['gemini', 'vertex'], status: [400, 403], body: /user location is not supported/i },
    verdict: 'rejected',
    message: '{host} does not serve the region this runner’s address belongs to ({status}).',
    fix: 'Run the job on a runner in a supported region, or go out through one with upstream-proxy.',
  },
  {
    code: 'google-no-credential',
    seen: "403 `Method doesn't allow unregistered callers`",
    when: { kinds: ['gemini', 'vertex'], status: [401, 403], body: /unregistered callers/i },
    verdict: 'rejected',
    message: '{host} saw no API key in the request ({status}).',
    fix: 'Check that the secret behind {input} is not empty.',
  },
  {
    code: 'google-key-not-taken',
    seen: '401 `API keys are not supported by this API`',
    when: { kinds: ['gemini', 'vertex'], status: [401, 403], body: /api keys are not supported|credentials_missing/i },
    verdict: 'inconclusive',
    message:
      '{host} does not take API keys for its listing of models ({status}), so the key in {input} was not judged.',
    fix: 'If the agent’s calls fail as well, {input} holds no key of Vertex AI express mode; create one in the Cloud console for that mode.',
  },
  {
    code: 'google-token-refused',
    seen: '401 `Request had invalid authentication credentials`, `ACCESS_TOKEN_TYPE_UNSUPPORTED`, `ACCESS_TOKEN_EXPIRED`',
    when: { kinds: ['gemini', 'vertex'], status: [401], body: /invalid authentication credentials|access_token_/i },
    verdict: 'rejected',
    message: '{host} refused the credential: it is expired or no API key (401).',
    fix: 'Give an API key in {input}, not an OAuth token or a service account’s JSON.',
  },
] as const satisfies readonly CauseRow[]
