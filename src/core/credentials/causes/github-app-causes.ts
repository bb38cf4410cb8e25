import type { IssuerCauseRow } from '../source-cause.ts'

const issuers = ['github-app'] as const

/** `POST /app/installations/<id>/access_tokens`. */
export const GITHUB_APP_CAUSES = [
  {
    code: 'issuer-busy',
    seen: '403: rate limit',
    when: { issuers, status: [403], body: /rate limit|abuse detection/i },
    isPermanent: false,
    message: '{host} limits the rate of requests right now ({status}: {excerpt}).',
    fix: 'The next attempt follows by itself.',
  },
  {
    code: 'github-app-clock',
    seen: '401: the claims iat or exp are not acceptable',
    when: { issuers, status: [401], body: /\b(exp|iat)\b|expiration time|issued at/i },
    isPermanent: false,
    message: '{host} does not accept the times in the App’s signature ({excerpt}).',
    fix: 'Set the clock of this runner: GitHub allows it to differ by about a minute.',
  },
  {
    code: 'github-app-key-refused',
    seen: '401: a JSON web token could not be decoded, Integration not found',
    when: { issuers, status: [401] },
    isPermanent: true,
    message: '{host} does not accept the App’s signature ({excerpt}).',
    fix: 'Check that github-app-private-key belongs to the App of github-app-id, and that the App lives on this GitHub.',
  },
  {
    code: 'github-app-suspended',
    seen: '403: this installation has been suspended',
    when: { issuers, status: [403], body: /suspended/i },
    isPermanent: true,
    message: 'The installation of the App is suspended.',
    fix: 'Have an owner of the organization lift the suspension under its installed GitHub Apps.',
  },
  {
    code: 'github-app-forbidden',
    seen: '403 with another text',
    when: { issuers, status: [403] },
    isPermanent: true,
    message: '{host} forbids the App a token for this installation ({excerpt}).',
    fix: 'Check the organization’s policies for GitHub Apps and its list of allowed addresses.',
  },
  {
    code: 'github-app-installation-unknown',
    seen: '404: Not Found',
    when: { issuers, status: [404] },
    isPermanent: true,
    message: 'The App has no such installation at {host} (404).',
    fix: 'Check github-app-installation-id: it is the number at the end of the installation’s address, not the id of the App.',
  },
  {
    code: 'github-app-permission-missing',
    seen: '422: the permissions requested are not granted to this installation',
    when: { issuers, status: [422] },
    isPermanent: true,
    message: 'The installation of the App lacks the permission “Copilot Requests: read and write” ({excerpt}).',
    fix: 'Give the App that permission, have an owner accept it, and install the App on all repositories of the paying organization.',
  },
] as const satisfies readonly IssuerCauseRow[]
