import type { SourceCauseRow } from '../source-cause.ts'

/** What a command printed or a file holds. Placeholders: {subject}, {found}. Never a part of the value itself. */
export const OUTPUT_CAUSES = {
  empty: {
    code: 'output-empty',
    seen: 'Nothing, or white space only',
    isPermanent: false,
    message: '{subject} gave nothing.',
    fix: 'Have it give the credential itself: some tools write to standard error, or need a flag to print tokens.',
  },
  tooLong: {
    code: 'output-too-long',
    seen: 'More than 64 KiB of text, or 1 MiB of JSON',
    isPermanent: false,
    message: '{subject} gave {found}, which is no credential.',
    fix: 'Print the credential alone, without a log or a page around it.',
  },
  lines: {
    code: 'output-lines',
    seen: 'Two or more lines that are neither JSON nor git’s key=value',
    isPermanent: false,
    message: '{subject} gave {found}; which of them is the credential cannot be told.',
    fix: 'Print the credential alone: switch the tool’s messages off or send them to standard error.',
  },
  damaged: {
    code: 'output-damaged',
    seen: 'A text that cannot be a credential: spaces, control characters, quotes, a header, a sample from documentation',
    isPermanent: false,
    message: '{subject} gave a text that cannot be a credential: found {found}.',
    fix: 'Have it give the bare token and nothing else: no quotes, no name or scheme before it, no spaces or control characters.',
  },
  jsonBroken: {
    code: 'output-json-broken',
    seen: 'A text that begins like JSON and is none',
    isPermanent: false,
    message: '{subject} gave a text of {found} that begins like JSON and is none.',
    fix: 'Print one JSON object and nothing after it.',
  },
  jsonUnknown: {
    code: 'output-json-unknown',
    seen: 'JSON of no shape we know',
    isPermanent: false,
    message: '{subject} gave {found}, which is none of the shapes that are read.',
    fix: 'Print the token alone, or {"access_token": …, "expires_in": …}; the shapes that are read stand in docs/credentials.md.',
  },
  jsonMember: {
    code: 'output-json-member',
    seen: 'JSON of a known shape whose token is missing or no text',
    isPermanent: false,
    message: '{subject} gave {found}.',
    fix: 'Have the tool print a token of its own: version and members must be as it documents them, and texts that are not empty.',
  },
  reported: {
    code: 'output-error',
    seen: '`{"version": 1, "success": false, "code": …, "message": …}`',
    isPermanent: false,
    message: '{subject} reports that it has no credential ({found}).',
    fix: 'Look up that error in the tool’s documentation, and run it by hand in the same job.',
  },
  expired: {
    code: 'output-expired',
    seen: 'A credential whose expiry is not in the future',
    isPermanent: false,
    message: '{subject} gave {found} that has already expired.',
    fix: 'Have it renew the credential and not print a cached one; check the clock of this runner.',
  },
} as const satisfies Readonly<Record<string, SourceCauseRow>>
