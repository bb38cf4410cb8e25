import type { IssuerCauseRow } from '../source-cause.ts'

/** No answer of the issuer came, or one that is not the issuer's. */
export const ISSUER_NETWORK_CAUSES = [
  {
    code: 'issuer-dns',
    seen: 'DNS failure (ENOTFOUND, EAI_AGAIN)',
    when: { failure: ['dns'] },
    isPermanent: false,
    message: 'The name {host} of {issuer} could not be resolved ({code}).',
    fix: 'Check the spelling in {inputs}, and that this runner’s DNS or upstream-proxy knows {host}.',
  },
  {
    code: 'issuer-connection',
    seen: 'Connection refused or reset (ECONNREFUSED, ECONNRESET)',
    when: { failure: ['refused', 'reset'] },
    isPermanent: false,
    message: 'No connection to {issuer} at {host} held ({code}).',
    fix: 'Have {host} allowed for this runner, or set upstream-proxy where the runner may only go out through a proxy.',
  },
  {
    code: 'issuer-timeout',
    seen: 'No answer in time (ETIMEDOUT)',
    when: { failure: ['timeout'] },
    isPermanent: false,
    message: '{issuer} at {host} gave no answer in time ({code}).',
    fix: 'Check that this runner may reach {host}: firewalls that drop packets look like this.',
  },
  {
    code: 'issuer-tls',
    seen: 'SELF_SIGNED_CERT_IN_CHAIN, UNABLE_TO_GET_ISSUER_CERT_LOCALLY, CERT_HAS_EXPIRED and other TLS failures',
    when: { failure: ['tls'] },
    isPermanent: true,
    message: 'The TLS certificate shown for {host} is not trusted ({code}), so nothing was sent to {issuer}.',
    fix: 'If your network inspects TLS, give its CA certificate as ca-bundle (PEM) or in NODE_EXTRA_CA_CERTS; never switch verification off.',
  },
  {
    code: 'issuer-proxy-auth',
    seen: '407 from the corporate proxy',
    when: { failure: ['proxy-auth'] },
    isPermanent: true,
    message: 'The corporate proxy, not {issuer}, wants credentials before it lets this runner reach {host} (407).',
    fix: 'Give upstream-proxy (or HTTPS_PROXY) as http://user:password@host:port, with special characters percent-encoded.',
  },
  {
    code: 'issuer-proxy-refused',
    seen: 'The corporate proxy refused the CONNECT (403, 502, 503)',
    when: { failure: ['proxy-refused'] },
    isPermanent: false,
    message:
      'The corporate proxy refused to connect to {host} ({code}); the answer is the proxy’s, not that of {issuer}.',
    fix: 'Have {host} allowed on that proxy, or list it in NO_PROXY if it is reachable directly.',
  },
  {
    code: 'issuer-network',
    seen: 'Any other failure without an answer',
    when: { failure: ['unknown'] },
    isPermanent: false,
    message: 'The request to {issuer} at {host} failed without an answer ({code}).',
    fix: 'See the sidecar’s log in log-directory for the failure, and check that this runner may reach {host}.',
  },
  {
    code: 'issuer-proxy-auth',
    seen: '407 as the answer itself',
    when: { status: [407] },
    isPermanent: true,
    message: 'A proxy on the way to {host} wants credentials (407); the answer is the proxy’s, not that of {issuer}.',
    fix: 'Give upstream-proxy (or HTTPS_PROXY) as http://user:password@host:port, with special characters percent-encoded.',
  },
  {
    code: 'issuer-web-page',
    seen: 'An HTML page with any status',
    when: { shape: 'html' },
    isPermanent: false,
    message:
      'A web page came from {host} instead of an answer of {issuer} ({status}, “{excerpt}”): a login page, a firewall or a web server.',
    fix: 'Check {inputs}, and that no proxy or single sign-on page stands between this runner and {host}.',
  },
  {
    code: 'issuer-redirected',
    seen: '301, 302, 303, 307, 308',
    when: { status: { from: 300, to: 399 } },
    isPermanent: false,
    message: '{issuer} at {host} redirects the request ({status}); a secret is never sent along a redirect.',
    fix: 'Check {inputs}: the address must be the token endpoint itself.',
  },
] as const satisfies readonly IssuerCauseRow[]
