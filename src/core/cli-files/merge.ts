/**
 * Room: cli-files. Edits the two settings files that environment variables cannot replace (codex ≥ 0.120, Gemini CLI ≥ 0.44),
 * as texts. Never knows: paths, the disk, secrets. Called by: action (main and post). The user's content is kept byte for byte
 * but for the one key; every edit is checked by parsing before and after it.
 */
export type MergeResult =
  | {
      readonly kind: 'merged'
      readonly text: string
      /** What is to be restored: the user's text without what an earlier run of ours may have left; undefined = no file. */
      readonly original: string | undefined
      /** What the user should know, one sentence each. */
      readonly notices: readonly string[]
    }
  /** The file already says what is needed. */
  | { readonly kind: 'unchanged'; readonly notices: readonly string[] }
  | { readonly kind: 'fault'; readonly message: string }

/** What an undo makes of a file that was changed after us: the text with only our key taken back, or nothing to do. */
export type UndoResult =
  | { readonly kind: 'undone'; readonly text: string }
  | { readonly kind: 'not-ours' }
  | { readonly kind: 'fault'; readonly message: string }
