import type { CauseRow } from './cause.ts'
import { ANTHROPIC_CAUSES } from './causes/anthropic-causes.ts'
import { BEDROCK_CAUSES } from './causes/bedrock-causes.ts'
import { COPILOT_REFUSAL_CAUSES } from './causes/copilot-refusal-causes.ts'
import { COPILOT_TOKEN_CAUSES } from './causes/copilot-token-causes.ts'
import { EXCHANGE_CAUSES } from './causes/exchange-causes.ts'
import { FOREIGN_ANSWER_CAUSES, GENERAL_CAUSES } from './causes/general-causes.ts'
import { GOOGLE_CAUSES } from './causes/google-causes.ts'
import { NETWORK_CAUSES } from './causes/network-causes.ts'
import { OPENAI_CAUSES } from './causes/openai-causes.ts'

const ROWS = [
  ...NETWORK_CAUSES,
  ...FOREIGN_ANSWER_CAUSES,
  ...COPILOT_REFUSAL_CAUSES,
  ...COPILOT_TOKEN_CAUSES,
  ...EXCHANGE_CAUSES,
  ...OPENAI_CAUSES,
  ...ANTHROPIC_CAUSES,
  ...GOOGLE_CAUSES,
  ...BEDROCK_CAUSES,
  ...GENERAL_CAUSES,
] as const

/** Codes of the dictionary; they stand in the `validation` output, in annotations and as anchors in the docs. */
export type CauseCode = (typeof ROWS)[number]['code']

/** The error dictionary, in the order in which its rows are tried. Several rows may share a code when they say the same thing. */
export const CAUSES: readonly (CauseRow & { readonly code: CauseCode })[] = ROWS
