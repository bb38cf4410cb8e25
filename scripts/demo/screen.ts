/** Room: demo. What the demo shows, in colour on a terminal and plain elsewhere. */
export interface Screen {
  readonly title: (text: string) => void
  readonly act: (text: string) => void
  readonly say: (text: string) => void
  /** Rows of cells in aligned columns. */
  readonly table: (rows: readonly (readonly string[])[]) => void
  /** Prints a tick or a cross; a cross makes the demo fail at its end. */
  readonly expect: (what: string, holds: boolean) => void
  readonly quote: (text: string) => void
  readonly failures: () => readonly string[]
}

const INDENT = '   '
const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const

type Style = keyof typeof CODES

export function createScreen(write: (text: string) => void, isColoured: boolean): Screen {
  const failures: string[] = []
  let acts = 0
  const paint = (style: Style, text: string): string => (isColoured ? `\x1b[${CODES[style]}m${text}\x1b[0m` : text)
  const line = (text: string): void => write(`${text}\n`)
  return {
    title: (text) => line(`\n${paint('bold', text)}`),
    act: (text) => {
      acts += 1
      line(`\n${paint('cyan', `${acts}  ${text}`)}`)
    },
    say: (text) => line(INDENT + text),
    table: (rows) => {
      for (const cells of alignColumns(rows))
        line(`${INDENT}${paint('dim', cells[0] ?? '')}  ${cells.slice(1).join('  ')}`)
    },
    expect: (what, holds) => {
      if (!holds) failures.push(what)
      line(`${INDENT}${holds ? paint('green', '✓') : paint('red', '✗')} ${what}`)
    },
    quote: (text) => {
      for (const row of text.trimEnd().split('\n')) line(`${INDENT}${paint('dim', '│')} ${row}`)
    },
    failures: () => failures,
  }
}

function alignColumns(rows: readonly (readonly string[])[]): string[][] {
  const widths = rows.reduce<number[]>(
    (known, row) => row.map((cell, column) => Math.max(known[column] ?? 0, cell.length)),
    [],
  )
  return rows.map((row) =>
    row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))),
  )
}
