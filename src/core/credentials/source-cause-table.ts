import { COMMAND_CAUSES } from './causes/command-causes.ts'
import { FILE_CAUSES } from './causes/file-causes.ts'
import { OUTPUT_CAUSES } from './causes/output-causes.ts'
import { SOURCE_CAUSES } from './causes/source-causes.ts'
import { USE_CAUSES } from './causes/use-causes.ts'
import { ISSUER_CAUSES } from './issuer-cause-table.ts'
import type { SourceCauseRow } from './source-cause.ts'

/** Every row that a failing source can lead to, for the docs. Several rows may share a code when they say the same thing. */
export const ALL_SOURCE_CAUSES: readonly SourceCauseRow[] = [
  ...ISSUER_CAUSES,
  ...Object.values(SOURCE_CAUSES),
  ...Object.values(COMMAND_CAUSES),
  ...Object.values(FILE_CAUSES),
  ...Object.values(OUTPUT_CAUSES),
  ...Object.values(USE_CAUSES),
]
