/**
 * The script of the page. It writes what `/events` sends into the places that the server has filled before, as text and never as
 * markup. Plain ECMAScript for the browser, held as text: no build step, and nothing is loaded from anywhere.
 */
export const PAGE_SCRIPT = `'use strict'
const find = (id) => document.getElementById(id)
const create = (name, text, classes) => {
  const element = document.createElement(name)
  element.textContent = text
  if (classes) element.className = classes
  return element
}
const shown = new Map()
let isPaused = false
let latest

function show(page) {
  document.title = page.title
  // Assigned only when it changed: a screen reader says it again each time.
  write('sentence', page.sentence)
  write('foot', page.foot)
  if (isNew('figures', page.figures)) find('figures').replaceChildren(...page.figures.map(createFigure))
  const ids = page.tables.map(({ id }) => id)
  for (const old of find('tables').querySelectorAll('section')) if (!ids.includes(old.id)) remove(old)
  let last = null
  for (const table of page.tables) {
    const section = find(table.id) ?? createSection(table)
    if (section.previousElementSibling !== last || !section.parentNode) place(section, last)
    last = section
    if (isNew(table.id, table)) fill(section.querySelector('table'), table)
  }
}

function write(id, text) {
  if (find(id).textContent !== text) find(id).textContent = text
}

function isNew(name, value) {
  const text = JSON.stringify(value)
  if (shown.get(name) === text) return false
  shown.set(name, text)
  return true
}

function remove(section) {
  shown.delete(section.id)
  section.remove()
}

function place(section, last) {
  if (last) last.after(section)
  else find('tables').prepend(section)
}

function createFigure({ label, value, tone }) {
  const group = document.createElement('div')
  group.append(create('dt', label), create('dd', value, tone))
  return group
}

function createSection({ id }) {
  const section = document.createElement('section')
  section.id = id
  section.tabIndex = 0
  section.setAttribute('aria-labelledby', id + '-caption')
  section.append(document.createElement('table'))
  return section
}

function fill(element, { id, caption, note, columns, rows, empty }) {
  const title = create('span', caption)
  title.id = id + '-caption'
  const head = element.createTHead()
  const body = element.tBodies[0] ?? element.createTBody()
  element.createCaption().replaceChildren(title, create('small', note))
  head.replaceChildren(createRow(columns.map((column) => createHead(column))))
  body.replaceChildren(...rows.map((row) => createRow(row.map((cell, index) => createCell(cell, columns[index])))))
  if (rows.length > 0) return
  const cell = create('td', empty, 'empty')
  cell.colSpan = columns.length
  body.append(createRow([cell]))
}

function createRow(cells) {
  const row = document.createElement('tr')
  row.append(...cells)
  return row
}

function createHead(column) {
  const head = create('th', column.title, classOf(column))
  head.scope = 'col'
  return head
}

function createCell(cell, column) {
  const isPlain = typeof cell === 'string'
  return create('td', isPlain ? cell : cell.text, classOf(column, isPlain ? undefined : cell.tone))
}

function classOf(column, tone) {
  return [column.kind, column.isExtra ? 'extra' : '', tone ?? ''].filter((name) => name !== '').join(' ')
}

function say(text, isBad) {
  write('state', text)
  find('state').className = isBad ? 'bad' : 'good'
}

let events

function sayState() {
  const isOpen = events.readyState === EventSource.OPEN
  if (isOpen) say(isPaused ? 'Paused.' : 'Live.', false)
}

function listen() {
  events = new EventSource('/events')
  events.onopen = sayState
  events.onmessage = ({ data }) => {
    latest = JSON.parse(data)
    if (!isPaused) show(latest)
  }
  events.onerror = () => {
    // Refused, because enough pages look: then the browser does not try again by itself, and neither do we.
    const isOver = events.readyState === EventSource.CLOSED
    say(isOver ? 'Not live: enough pages are open. Reload to try again.' : 'Not connected. The job may have ended; trying again.', true)
  }
}

const pause = find('pause')
pause.hidden = false
pause.addEventListener('click', () => {
  isPaused = !isPaused
  pause.setAttribute('aria-pressed', String(isPaused))
  sayState()
  if (!isPaused && latest) show(latest)
})
listen()
`
