import type { IssuerCauseRow } from '../source-cause.ts'

// An `oauth` source may point at Entra as well.
const issuers = ['azure', 'oauth'] as const

/** Microsoft Entra ID: the AADSTS number says more than the OAuth error it comes with. */
export const ENTRA_CAUSES = [
  {
    code: 'entra-assertion-expired',
    seen: '`AADSTS700024`: the client assertion is not within its valid time range',
    when: { issuers, body: /AADSTS700024\b/ },
    isPermanent: false,
    message: '{issuer} found the identity token of this job outside its period of validity (AADSTS700024).',
    fix: 'A fresh one is used for the next attempt; if it stays so, check the clock of this runner.',
  },
  {
    code: 'entra-audience-mismatch',
    seen: '`AADSTS700212`: no federated credential with this audience',
    when: { issuers, body: /AADSTS700212\b/ },
    isPermanent: true,
    message: '{issuer} has no federated credential for the audience of the identity token (AADSTS700212).',
    fix: 'Set azure-cloud to the cloud of the tenant, and the federated credential to the audience which that cloud prescribes.',
  },
  {
    code: 'entra-federation-mismatch',
    seen: '`AADSTS70021`, `AADSTS700211`, `AADSTS700213`, `AADSTS700223`: no matching federated identity record',
    when: { issuers, body: /AADSTS(70021|700211|700213|700223)\b/ },
    isPermanent: true,
    message: 'The app registration has no federated credential that matches this job ({excerpt}).',
    fix: 'Give the app of azure-client-id a federated credential whose issuer and subject are those of this repository, branch or environment.',
  },
  {
    code: 'entra-secret-expired',
    seen: '`AADSTS7000222`: the client secret has expired',
    when: { issuers, body: /AADSTS7000222\b/ },
    isPermanent: true,
    message: 'The client secret has expired (AADSTS7000222).',
    fix: 'Create a new client secret for the app registration and store it as oauth-client-secret.',
  },
  {
    code: 'entra-secret-invalid',
    seen: '`AADSTS7000215`: invalid client secret',
    when: { issuers, body: /AADSTS7000215\b/ },
    isPermanent: true,
    message: '{issuer} refused the client secret (AADSTS7000215).',
    fix: 'Store the value of the client secret, not its id, as oauth-client-secret, and check that it belongs to this client id.',
  },
  {
    code: 'entra-app-unknown',
    seen: '`AADSTS700016`, `AADSTS7000112`: no such app in the tenant, or it is disabled',
    when: { issuers, body: /AADSTS(700016|7000112)\b/ },
    isPermanent: true,
    message: 'The tenant has no enabled app with this client id ({excerpt}).',
    fix: 'Check {inputs}: the app must exist and be enabled in the tenant that is asked.',
  },
  {
    code: 'entra-tenant-unknown',
    seen: '`AADSTS90002`, `AADSTS900023`, `AADSTS900971`: no such tenant',
    when: { issuers, body: /AADSTS(90002|900021|900023|900971)\b/ },
    isPermanent: true,
    message: '{host} knows no such tenant ({excerpt}).',
    fix: 'Check {inputs}: the tenant must be one of the cloud that is asked.',
  },
  {
    code: 'entra-conditional-access',
    seen: '`AADSTS53003` and other AADSTS53…: blocked by Conditional Access',
    when: { issuers, body: /AADSTS(53000|53001|53002|53003|530003|530004)\b/ },
    isPermanent: true,
    message: 'A Conditional Access policy of the tenant blocks this runner ({excerpt}).',
    fix: 'Have an administrator except the workload identity from the policy, or run on a runner whose address the policy allows.',
  },
  {
    code: 'entra-scope-invalid',
    seen: '`AADSTS70011`, `AADSTS1002012`, `AADSTS500011`: the scope or its resource is unknown',
    when: { issuers, body: /AADSTS(70011|1002012|500011|500013|650057)\b/ },
    isPermanent: true,
    message: '{issuer} does not give tokens for this scope ({excerpt}).',
    fix: 'Write the scope as the resource followed by /.default, and check that the tenant has that resource.',
  },
  {
    code: 'oauth-refresh-token-dead',
    seen: '`AADSTS70008`, `AADSTS700082`, `AADSTS50173`, `AADSTS70043`: the refresh token has expired or was revoked',
    when: { issuers, body: /AADSTS(70008|700082|700084|50173|70043)\b/ },
    isPermanent: true,
    message: 'The refresh token has expired or was revoked ({excerpt}).',
    fix: 'Log in again, and store the new refresh token as oauth-refresh-token.',
  },
  {
    code: 'issuer-busy',
    seen: '`AADSTS90033`, `AADSTS90006`, `AADSTS50196`: Entra cannot answer right now',
    when: { issuers, body: /AADSTS(90033|90006|50196)\b/ },
    isPermanent: false,
    message: '{issuer} cannot answer right now ({excerpt}).',
    fix: 'The next attempt follows by itself; see Microsoft’s status page if it lasts.',
  },
] as const satisfies readonly IssuerCauseRow[]
