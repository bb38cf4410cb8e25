import type { SourceCauseRow } from '../source-cause.ts'

/** Why a credential file gave nothing. Placeholders: {input}, {how}. */
export const FILE_CAUSES = {
  missing: {
    code: 'file-missing',
    seen: 'ENOENT or ENOTDIR',
    isPermanent: false,
    message: 'The file of {input} is not there ({how}).',
    fix: 'Check the path, and that whatever writes the file runs before this action and keeps it in place.',
  },
  unreadable: {
    code: 'file-unreadable',
    seen: 'Any other error while opening or reading it',
    isPermanent: false,
    message: 'The file of {input} cannot be read ({how}).',
    fix: 'Make it a regular file that this user may read.',
  },
} as const satisfies Readonly<Record<string, SourceCauseRow>>
