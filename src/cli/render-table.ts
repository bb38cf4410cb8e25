/** Columns as wide as their widest cell, two spaces between; ends with a line break. Empty without rows. */
export function renderTable(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>((found, row) => row.map((cell, at) => Math.max(found[at] ?? 0, cell.length)), [])
  return rows.map((row) => `${renderRow(row, widths)}\n`).join('')
}

function renderRow(row: readonly string[], widths: readonly number[]): string {
  return row
    .map((cell, at) => cell.padEnd(widths[at] ?? 0))
    .join('  ')
    .trimEnd()
}
