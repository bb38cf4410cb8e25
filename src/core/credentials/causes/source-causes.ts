import type { SourceCauseRow } from '../source-cause.ts'

/** What is found before anything is asked, or in a token that did come. Placeholders: {issuer}, {host}, {inputs}, {missing}. */
export const SOURCE_CAUSES = {
  oidcUnavailable: {
    code: 'oidc-unavailable',
    seen: 'The runner gave no ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN',
    isPermanent: true,
    message: 'This job cannot ask GitHub for an identity token, which {issuer} wants to see.',
    fix: 'Give the job `permissions: id-token: write`; pull requests from forks never have it.',
  },
  oidcUrl: {
    code: 'oidc-url-unusable',
    seen: 'ACTIONS_ID_TOKEN_REQUEST_URL is no https URL',
    isPermanent: true,
    message:
      'The address that the runner gave for GitHub’s identity tokens is no https URL, so {issuer} was not asked.',
    fix: 'Use a runner whose ACTIONS_ID_TOKEN_REQUEST_URL was not changed by an earlier step.',
  },
  secretMissing: {
    code: 'source-secret-missing',
    seen: 'A secret that the source needs was not given',
    isPermanent: true,
    message: 'No credential can be had from {issuer} without {missing}.',
    fix: 'Define the secret behind {missing} for this repository, organization or environment.',
  },
  sourceUnusable: {
    code: 'source-unusable',
    seen: 'An input of the source cannot stand in a request',
    isPermanent: true,
    message: 'No request to {issuer} can be made from {inputs}.',
    fix: 'Correct {missing}.',
  },
  appKeyUnusable: {
    code: 'github-app-key-unusable',
    seen: 'Signing with github-app-private-key failed',
    isPermanent: true,
    message: 'Nothing could be signed with github-app-private-key.',
    fix: 'Store the whole PEM file that GitHub gave for the App, with its first and last line and all line breaks.',
  },
  expired: {
    code: 'token-expired',
    seen: 'A token whose expiry is not in the future',
    isPermanent: false,
    message: '{issuer} at {host} gave a token that has already expired.',
    fix: 'Check the clock of this runner, and the lifetime that the issuer is set to.',
  },
} as const satisfies Readonly<Record<string, SourceCauseRow>>
