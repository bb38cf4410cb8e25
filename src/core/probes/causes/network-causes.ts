import type { CauseRow } from '../cause.ts'

/**
 * No answer of the upstream came back: the credential was not judged, so none of these is a rejection. A certificate that is not
 * trusted is never retried; a 407 is the proxy's word, not the provider's.
 */
export const NETWORK_CAUSES = [
  {
    code: 'dns',
    seen: 'DNS failure (ENOTFOUND, EAI_AGAIN)',
    when: { failure: ['dns'] },
    verdict: 'inconclusive',
    message: 'The name {host} could not be resolved ({code}), so {input} was not checked.',
    fix: 'Check the spelling of {urlInput} and of github-server-url, and that this runner’s DNS or upstream-proxy knows {host}.',
  },
  {
    code: 'connection-refused',
    seen: 'Connection refused (ECONNREFUSED, EHOSTUNREACH)',
    when: { failure: ['refused'] },
    verdict: 'inconclusive',
    message: 'Nothing accepts connections at {host} ({code}), so {input} was not checked.',
    fix: 'Check host and port in {urlInput}; where the runner may only go out through a proxy, set upstream-proxy or HTTPS_PROXY.',
  },
  {
    code: 'connection-reset',
    seen: 'Connection reset (ECONNRESET, EPIPE)',
    when: { failure: ['reset'] },
    verdict: 'inconclusive',
    message: 'The connection to {host} was cut before an answer came ({code}), so {input} was not checked.',
    fix: 'Look for a firewall or an inspecting proxy between this runner and {host}; allow that host for the runner.',
  },
  {
    code: 'timeout',
    seen: 'No answer in time (ETIMEDOUT, header or connect timeout)',
    when: { failure: ['timeout'] },
    verdict: 'inconclusive',
    message: 'No answer came from {host} in time ({code}), so {input} was not checked.',
    fix: 'Check that this runner may reach {host}: firewalls that drop packets look like this; set upstream-proxy if there is one.',
  },
  {
    code: 'tls-untrusted',
    seen: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY, SELF_SIGNED_CERT_IN_CHAIN, UNABLE_TO_VERIFY_LEAF_SIGNATURE, DEPTH_ZERO_SELF_SIGNED_CERT',
    when: { failure: ['tls'], code: /ISSUER|SELF_SIGNED|VERIFY_LEAF|UNTRUSTED|INVALID_CA|INVALID_PURPOSE|CHAIN/ },
    verdict: 'inconclusive',
    message: 'The TLS certificate shown for {host} is signed by a CA this runner does not trust ({code}).',
    fix: 'If your network inspects TLS, give its CA certificate as ca-bundle (PEM) or in NODE_EXTRA_CA_CERTS; never switch verification off.',
  },
  {
    code: 'tls-wrong-name',
    seen: 'ERR_TLS_CERT_ALTNAME_INVALID',
    when: { failure: ['tls'], code: /ALTNAME|HOSTNAME_MISMATCH/ },
    verdict: 'inconclusive',
    message: 'The TLS certificate shown for {host} belongs to another name ({code}).',
    fix: 'Use in {urlInput} the name the certificate is made for, and check that DNS does not send {host} to another server.',
  },
  {
    code: 'tls-expired',
    seen: 'CERT_HAS_EXPIRED, CERT_NOT_YET_VALID',
    when: { failure: ['tls'], code: /EXPIRED|NOT_YET_VALID/ },
    verdict: 'inconclusive',
    message: 'The TLS certificate of {host} is outside its period of validity ({code}).',
    fix: 'Check the clock of this runner; if it is right, the owner of {host} must renew the certificate.',
  },
  {
    code: 'tls-failed',
    seen: 'Any other TLS failure, e.g. ERR_SSL_WRONG_VERSION_NUMBER (plain HTTP behind https://)',
    when: { failure: ['tls'] },
    verdict: 'inconclusive',
    message: 'No TLS connection to {host} could be made ({code}).',
    fix: 'Check scheme and port in {urlInput}: a plain HTTP server behind https:// fails like this.',
  },
  {
    code: 'proxy-auth-required',
    seen: '407 from the corporate proxy',
    when: { failure: ['proxy-auth'] },
    verdict: 'inconclusive',
    message: 'The corporate proxy, not {host}, wants credentials (407).',
    fix: 'Give upstream-proxy (or HTTPS_PROXY) as http://user:password@host:port, with special characters percent-encoded.',
  },
  {
    code: 'proxy-refused',
    seen: 'The corporate proxy refused the CONNECT (403, 502, 503)',
    when: { failure: ['proxy-refused'] },
    verdict: 'inconclusive',
    message:
      'The corporate proxy refused to connect to {host} ({code}); the answer is the proxy’s, not the provider’s.',
    fix: 'Have {host} allowed on that proxy, or list it in NO_PROXY if it is reachable directly.',
  },
  {
    code: 'network-failure',
    seen: 'Any other failure without an answer',
    when: { failure: ['unknown'] },
    verdict: 'inconclusive',
    message: 'The request to {host} failed without an answer ({code}), so {input} was not checked.',
    fix: 'See the sidecar’s log in log-directory for the failure, and check that this runner may reach {host}.',
  },
] as const satisfies readonly CauseRow[]
