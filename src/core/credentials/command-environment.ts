import type { LaunchMessage, SecretName } from '../sidecar-config.ts'

const PREFIX = 'command-env.'

/**
 * What a credential command gets of the environment of the set-up step without being asked: where programs, settings and
 * temporary files are, and how the internet is reached. curl reads proxies in lower case, others in upper case.
 */
const PASSED = [
  'PATH',
  'HOME',
  'LANG',
  'TMPDIR',
  'SSL_CERT_FILE',
  'NODE_EXTRA_CA_CERTS',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
] as const

/** Without these few no program starts on Windows, or finds its settings. */
const PASSED_ON_WINDOWS = [
  'SystemRoot',
  'ComSpec',
  'PATHEXT',
  'TEMP',
  'TMP',
  'USERPROFILE',
  'APPDATA',
  'LOCALAPPDATA',
] as const

const ALWAYS: ReadonlySet<string> = new Set([...PASSED, ...PASSED_ON_WINDOWS])

/** The names that are handed to every command of this platform. */
export function listPassedNames(platform: string): readonly string[] {
  return platform === 'win32' ? [...PASSED, ...PASSED_ON_WINDOWS] : PASSED
}

/** The secret that carries a variable. */
export function deriveSecretName(variable: string): SecretName {
  return `${PREFIX}${variable}`
}

type Secrets = LaunchMessage['secrets']

/** The variables among the secrets, by their names. */
export function deriveCommandVariables(secrets: Secrets): Record<string, string> {
  return Object.fromEntries(
    Object.entries(secrets).flatMap(([name, value]) =>
      name.startsWith(PREFIX) && value !== undefined ? [[name.slice(PREFIX.length), value]] : [],
    ),
  )
}

/** The secrets without the variables of commands: what a process that runs no command has to know. */
export function omitCommandVariables(secrets: Secrets): Secrets {
  return Object.fromEntries(Object.entries(secrets).filter(([name]) => !name.startsWith(PREFIX)))
}

/**
 * Of all secrets of a run the texts that must be masked and redacted. Variables of commands travel with the secrets because
 * one may be a secret, but most are not: masking a PATH, or the `C` of LANG, would make every log unreadable.
 */
export function listConfidentialTexts(secrets: Secrets): readonly string[] {
  return Object.entries(secrets).flatMap(([name, value]) => {
    if (value === undefined || value === '') return []
    return name.startsWith(PREFIX) && !isConfidential(name.slice(PREFIX.length), value) ? [] : [value]
  })
}

const SAYS_SECRET = /token|secret|passw|passphrase|key|credential|auth|jwt|sas|dsn|hook|pat$|connection_?string/i

/** Names of variables that hold where a secret lies. */
const NAMES_PLACE = /_(file|path|dir)$/i

/** What a path or an address looks like, and a short plain word or a number. */
const PLAIN_PATH = /^([A-Za-z]:)?[\\/][\w .\\/()+@~:;-]*$/
const PLAIN_URL = /^https?:\/\/[^\s/@?#]+(\/[\w./~-]*)?$/
const PLAIN_WORD = /^([A-Za-z][a-z._-]{0,15}|\d{1,9})$/

/** Long enough for a key, with a letter and a digit: base64 may begin with a slash, and addresses may hold a key in their path. */
function hasTokenSegment(text: string): boolean {
  return text.split(/[^\w+=~-]+/).some((part) => part.length >= 16 && /\d/.test(part) && /[A-Za-z]/.test(part))
}

const SHORTEST = 4

// A proxy is the one always passed variable that may hold a password. What is listed by the user is hidden unless it is plain.
function isConfidential(variable: string, value: string): boolean {
  if (ALWAYS.has(variable)) return /_proxy$/i.test(variable) && value.includes('@')
  if (value.length < SHORTEST) return false
  return !(isPlainUrl(variable, value) || isPlainPath(variable, value) || isPlainWord(variable, value))
}

// Whoever knows the address of a webhook may use it. Names of hosts are long, and no secret.
function isPlainUrl(variable: string, value: string): boolean {
  if (!PLAIN_URL.test(value) || /hook/i.test(variable + value)) return false
  return !hasTokenSegment(value.replace(/^https?:\/\/[^/]+/, ''))
}

function isPlainPath(variable: string, value: string): boolean {
  if (SAYS_SECRET.test(variable) && !NAMES_PLACE.test(variable)) return false
  return PLAIN_PATH.test(value) && !hasTokenSegment(value)
}

function isPlainWord(variable: string, value: string): boolean {
  return !SAYS_SECRET.test(variable) && PLAIN_WORD.test(value)
}
