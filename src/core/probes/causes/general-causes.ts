import type { CauseRow } from '../cause.ts'

const SUCCESS = { from: 200, to: 299 } as const

/**
 * Before the provider's own rows: answers that did not come from the provider's API at all. A web page with status 200 (captive
 * portal, single sign-on) must never pass as proof of a key.
 */
export const FOREIGN_ANSWER_CAUSES = [
  {
    code: 'proxy-auth-required',
    seen: '407 as the answer itself',
    when: { status: [407] },
    verdict: 'inconclusive',
    message: 'A proxy on the way to {host} wants credentials (407); the answer is the proxy’s, not the provider’s.',
    fix: 'Give upstream-proxy (or HTTPS_PROXY) as http://user:password@host:port, with special characters percent-encoded.',
  },
  {
    code: 'captive-portal',
    seen: '511 (captive portal)',
    when: { status: [511] },
    verdict: 'inconclusive',
    message: 'The network wants a login before it lets this runner reach {host} (511).',
    fix: 'Log the runner in to its network, or go out through upstream-proxy.',
  },
  {
    code: 'captive-portal',
    seen: 'An HTML page with status 200 (captive portal, single sign-on page)',
    when: { status: SUCCESS, shape: 'html' },
    verdict: 'inconclusive',
    message:
      '{host} answered with a web page instead of a listing of models ({status}, “{excerpt}”): a login page or a web server.',
    fix: 'Check {urlInput}: it must be the base of the API; if a proxy or single sign-on page answers, let the runner past it.',
  },
  {
    code: 'redirected',
    seen: '301, 302, 303, 307, 308',
    when: { status: { from: 300, to: 399 } },
    verdict: 'inconclusive',
    message: '{host} redirects to {location} ({status}); a credential is never sent along a redirect.',
    fix: 'Put the address the redirect leads to into {urlInput}, if it is the API you mean.',
  },
] as const satisfies readonly CauseRow[]

/** After the provider's own rows: what a status alone allows to say. Unknown never becomes valid, and seldom rejected. */
export const GENERAL_CAUSES = [
  {
    code: 'ok',
    seen: '2xx with a listing of models from an address of your own',
    when: { kinds: ['openai', 'azure', 'anthropic'], status: SUCCESS, shape: 'listing', isExplicit: true },
    verdict: 'valid',
    message:
      '{host} answered the credential with its models, which gateways that list them to everybody do for any key.',
    fix: '',
  },
  {
    code: 'ok',
    seen: '2xx with a listing of models',
    when: { status: SUCCESS, shape: 'listing' },
    verdict: 'valid',
    message: '{host} accepted the credential and listed its models.',
    fix: '',
  },
  {
    code: 'ok',
    seen: '2xx with an empty listing',
    when: { status: SUCCESS, shape: 'empty-listing' },
    verdict: 'valid',
    message: '{host} accepted the credential; its listing of models is empty.',
    fix: '',
  },
  {
    code: 'not-a-listing',
    seen: '2xx with something else than a listing of models',
    when: { status: SUCCESS },
    verdict: 'inconclusive',
    message: '{host} answered {status}, but not with a listing of models ({excerpt}), so {input} was not checked.',
    fix: 'Check {urlInput}: it must be the base of the API, with the path its documentation shows.',
  },
  {
    code: 'credential-missing',
    seen: '401 or 403 where no credential is configured',
    when: { status: [401, 403], isKeyless: true },
    verdict: 'rejected',
    message: '{host} wants a credential ({status}), and none is configured.',
    fix: 'Give one in {input}.',
  },
  {
    code: 'web-page',
    seen: 'An HTML page with an error status',
    when: { status: { from: 400, to: 599 }, shape: 'html' },
    verdict: 'inconclusive',
    message:
      'A web page came from {host} instead of an answer of the API ({status}, “{excerpt}”): a proxy, a firewall or a web server.',
    fix: 'Check {urlInput}, and that nothing between this runner and {host} blocks the request.',
  },
  {
    code: 'unauthorized',
    seen: '401 without a text we know',
    when: { status: [401] },
    verdict: 'rejected',
    message: '{host} refused the credential (401: {excerpt}).',
    fix: 'Check that {input} belongs to {host}; a gateway may want it in another header (provider-auth-header).',
  },
  {
    code: 'payment-required',
    seen: '402 without a text we know',
    when: { status: [402] },
    verdict: 'rejected',
    message: '{host} wants a payment first (402: {excerpt}).',
    fix: 'Add credit to the account behind {input}.',
  },
  {
    code: 'forbidden',
    seen: '403 without a text we know; at a gateway it may mean an expired credential, a policy or a firewall',
    when: { status: [403] },
    verdict: 'inconclusive',
    message: '{host} forbids the listing of models (403: {excerpt}); whether because of {input} is not said.',
    fix: 'Check that the credential has not expired and may use this API; look for a firewall or policy in front of {host}.',
  },
  {
    code: 'no-listing',
    seen: '404, 405 or 501: no listing of models there, as at many gateways',
    when: { status: [404, 405, 410, 501] },
    verdict: 'inconclusive',
    message: '{host} has no listing of models at this path ({status}), so {input} was not checked.',
    fix: 'Check the path in {urlInput}; if the gateway simply has no listing, this notice can be ignored.',
  },
  {
    code: 'misdirected',
    seen: '421 from anything but Copilot',
    when: { status: [421] },
    verdict: 'inconclusive',
    message: '{host} says that it is not the server for this name (421).',
    fix: 'Check {urlInput}, and the proxy or DNS entry that leads to {host}.',
  },
  {
    code: 'rate-limited',
    seen: '429 without a text we know',
    when: { status: [429] },
    verdict: 'inconclusive',
    message: '{host} limits the rate of requests right now (429), so {input} was not checked.',
    fix: 'Run again later, or raise the limit of the account behind {input}.',
  },
  {
    code: 'upstream-error',
    seen: '5xx, also 529',
    when: { status: { from: 500, to: 599 } },
    verdict: 'inconclusive',
    message: '{host} has a failure of its own ({status}: {excerpt}), so {input} was not checked.',
    fix: 'Look at the provider’s status page and run again.',
  },
  {
    code: 'bad-request',
    seen: '400 without a text we know; never read as valid',
    when: { status: [400] },
    verdict: 'inconclusive',
    message: '{host} calls the request bad (400: {excerpt}); many upstreams say so of a malformed credential.',
    fix: 'Check that the secret behind {input} is the bare credential, and that {urlInput} is the base of the API.',
  },
  {
    code: 'unknown-answer',
    seen: 'Anything else',
    when: {},
    verdict: 'inconclusive',
    message: '{host} gave an answer we do not know ({status}: {excerpt}), so {input} was not checked.',
    fix: 'Check {urlInput}; if it is right, please report this answer as an issue.',
  },
] as const satisfies readonly CauseRow[]
