/** What stands on the page, as text: the server writes it into HTML once, the script writes it into the same places afterwards. */
export interface Page {
  /** Title of the tab and heading. */
  readonly title: string
  /** One sentence: what has passed so far. Read aloud when it changes. */
  readonly sentence: string
  readonly figures: readonly Figure[]
  readonly tables: readonly Table[]
  /** Run, version and time. */
  readonly foot: string
}

export interface Figure {
  readonly label: string
  readonly value: string
  readonly tone?: Tone
}

export interface Table {
  /** Stands in the id of its element: lower-case letters only. */
  readonly id: string
  readonly caption: string
  /** A sentence below the caption; may be empty. */
  readonly note: string
  readonly columns: readonly Column[]
  readonly rows: readonly (readonly Cell[])[]
  /** Said where there is no row. */
  readonly empty: string
}

export interface Column {
  readonly title: string
  readonly kind: 'text' | 'code' | 'number'
  /** May be left out on a narrow screen. */
  readonly isExtra?: boolean
}

/** Good, doubtful and bad are said in words too: colour alone tells nothing to many. */
export type Tone = 'good' | 'doubtful' | 'bad'

export type Cell = string | { readonly text: string; readonly tone: Tone }
