import type { Cell, Column, Figure, Page, Table } from './page.ts'

/**
 * Renders the page as HTML. It stands by itself: without its script it is a true picture of the moment it was asked for. Every text is
 * escaped, whoever wrote it.
 */
export function renderPage(page: Page): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(page.title)}</title>
<link rel="stylesheet" href="/status.css">
<script src="/status.js" defer></script>
</head>
<body>
<header>
<h1>${escapeHtml(page.title)}</h1>
<p class="state"><span id="state">Snapshot. Reload to see it anew.</span> <button type="button" id="pause" aria-pressed="false" hidden>Pause</button></p>
<p id="sentence" role="status" aria-live="polite">${escapeHtml(page.sentence)}</p>
</header>
<main>
<dl id="figures" aria-label="Figures so far">${page.figures.map(renderFigure).join('')}</dl>
<div id="tables">${page.tables.map(renderTable).join('')}</div>
</main>
<footer><p id="foot">${escapeHtml(page.foot)}</p></footer>
</body>
</html>
`
}

function renderFigure({ label, value, tone }: Figure): string {
  const mark = tone === undefined ? '' : ` class="${tone}"`
  return `<div><dt>${escapeHtml(label)}</dt><dd${mark}>${escapeHtml(value)}</dd></div>`
}

function renderTable({ id, caption, note, columns, rows, empty }: Table): string {
  const head = columns
    .map((column) => `<th scope="col"${renderClass(column)}>${escapeHtml(column.title)}</th>`)
    .join('')
  const body =
    rows.length === 0 ? renderEmpty(empty, columns.length) : rows.map((row) => renderRow(row, columns)).join('')
  return `
<section id="${id}" tabindex="0" aria-labelledby="${id}-caption"><table>
<caption><span id="${id}-caption">${escapeHtml(caption)}</span><small>${escapeHtml(note)}</small></caption>
<thead><tr>${head}</tr></thead>
<tbody>${body}</tbody>
</table></section>`
}

function renderEmpty(text: string, width: number): string {
  return `<tr><td class="empty" colspan="${width}">${escapeHtml(text)}</td></tr>`
}

function renderRow(row: readonly Cell[], columns: readonly Column[]): string {
  return `<tr>${row.map((cell, index) => renderCell(cell, columns[index])).join('')}</tr>`
}

function renderCell(cell: Cell, column: Column | undefined): string {
  const [text, tone] = typeof cell === 'string' ? [cell, undefined] : [cell.text, cell.tone]
  return `<td${renderClass(column, tone)}>${escapeHtml(text)}</td>`
}

function renderClass(column: Column | undefined, tone?: string): string {
  const names = [
    ...(column === undefined ? [] : [column.kind]),
    ...(column?.isExtra === true ? ['extra'] : []),
    ...(tone === undefined ? [] : [tone]),
  ]
  return names.length === 0 ? '' : ` class="${names.join(' ')}"`
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
}
