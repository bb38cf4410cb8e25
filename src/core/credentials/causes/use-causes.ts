import type { SourceCauseRow } from '../source-cause.ts'

/** A credential came, but its provider cannot use it. */
export const USE_CAUSES = {
  awsKeysElsewhere: {
    code: 'output-aws-keys',
    seen: 'AWS keys for a provider that signs nothing',
    isPermanent: true,
    message: 'The source gave AWS keys, which only provider-type: bedrock can use.',
    fix: 'Set provider-type: bedrock, or have the source give a token.',
  },
} as const satisfies Readonly<Record<string, SourceCauseRow>>
