/**
 * The spellings in which a secret turns up where somebody prints, quotes or echoes it. One list for everything that looks for
 * secrets: masks of the runner, the redactor of logs, the scrubber of answers. What no usual encoder writes is not in it.
 */

type Spell = (text: string) => string

const JSON_MARKS = /[<>&'"+`/]/g
const URL_MARKS = /[!'()~]/g

const escapeJson: Spell = (text) => JSON.stringify(text).slice(1, -1)
// A lone surrogate cannot be encoded and cannot stand in a URL.
const encodeUrl: Spell = (text) => encodeURIComponent(text.toWellFormed())
const escapeChar = (char: string): string => `\\u${toHex(char.charCodeAt(0), 4)}`
const upperHex: Spell = (text) => text.replaceAll(/(?<=\\u)[0-9a-f]{4}/g, (code) => code.toUpperCase())

/** One row for a kind of encoder; rows that change nothing in a secret cost nothing, because equal spellings are one. */
const TEXT_SPELLINGS: Readonly<Record<string, Spell>> = {
  plain: (text) => text,
  json: escapeJson,
  jsonInJson: (text) => escapeJson(escapeJson(text)),
  /** PHP. */
  jsonSlash: (text) => escapeJson(text).replaceAll('/', '\\/'),
  /** Go and Ruby escape what could end a script element, .NET the quotes and the plus as well. */
  jsonForHtml: (text) => escapeJson(text).replaceAll(/[<>&]/g, escapeChar),
  jsonOfDotNet: (text) => upperHex(text.replaceAll(/[<>&'"+`]/g, escapeChar)),
  jsonMarks: (text) => text.replaceAll(JSON_MARKS, escapeChar),
  jsonMarksUpper: (text) => upperHex(text.replaceAll(JSON_MARKS, escapeChar)),
  jsonAll: (text) => text.replaceAll(/[\s\S]/g, escapeChar),
  jsonAllUpper: (text) => upperHex(text.replaceAll(/[\s\S]/g, escapeChar)),
  url: encodeUrl,
  urlLower: (text) => lowerCodes(encodeUrl(text)),
  urlPath: (text) => encodeUrl(text).replaceAll('%2F', '/'),
  urlWhole: (text) => encodeURI(text.toWellFormed()),
  urlInUrl: (text) => encodeUrl(encodeUrl(text)),
  /** HTML forms and URLSearchParams: a plus for a space, and the marks that URLs may leave alone encoded. */
  form: (text) => encodeUrl(text).replaceAll(URL_MARKS, encodeByte).replaceAll('%20', '+'),
  urlAll: (text) => encodeAllBytes(text),
  urlAllLower: (text) => encodeAllBytes(text).toLowerCase(),
  html: (text) => escapeHtml(text, { "'": '&#39;', '"': '&quot;' }),
  htmlOfGo: (text) => escapeHtml(text, { "'": '&#39;', '"': '&#34;', '+': '&#43;' }),
  htmlOfPython: (text) => escapeHtml(text, { "'": '&#x27;', '"': '&quot;' }),
  htmlOfMustache: (text) =>
    escapeHtml(text, { "'": '&#39;', '"': '&quot;', '/': '&#x2F;', '=': '&#x3D;', '`': '&#x60;' }),
}

/** The text itself first, then every other spelling of its characters, without repetition. */
export function deriveTextSpellings(text: string): string[] {
  return [...new Set(Object.values(TEXT_SPELLINGS).map((spell) => spell(text)))]
}

/** Base64 in any position, base64url, hex, without repetition. */
export function deriveByteSpellings(text: string): string[] {
  const bytes = new TextEncoder().encode(text)
  const base64 = [0, 1, 2].map((offset) => encodeBase64At(bytes, offset))
  const base64url = base64.map((each) => each.replaceAll('+', '-').replaceAll('/', '_'))
  const hex = Array.from(bytes, (byte) => toHex(byte, 2)).join('')
  return [...new Set([...base64, ...base64url, hex, hex.toUpperCase()])]
}

/**
 * The characters that the bytes give in any base64 text in which they start at a position of this rest modulo 3, such as the
 * password of `Basic <base64(user:password)>`. The characters at both ends, which hold bits of the neighbours, are left out.
 */
function encodeBase64At(bytes: Uint8Array, offset: number): string {
  const padded = '\0'.repeat(offset) + Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
  const first = Math.ceil((offset * 8) / 6)
  const last = Math.floor(((offset + bytes.length) * 8) / 6)
  return btoa(padded).slice(first, last)
}

function toHex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0')
}

function encodeByte(char: string): string {
  return `%${toHex(char.charCodeAt(0), 2).toUpperCase()}`
}

function encodeAllBytes(text: string): string {
  const bytes = new TextEncoder().encode(text)
  return Array.from(bytes, (byte) => `%${toHex(byte, 2).toUpperCase()}`).join('')
}

function lowerCodes(text: string): string {
  return text.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())
}

function escapeHtml(text: string, marks: Readonly<Record<string, string>>): string {
  const all: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', ...marks }
  return text.replaceAll(/[^0-9A-Za-z]/g, (char) => all[char] ?? char)
}
