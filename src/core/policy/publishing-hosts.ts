import { type Hostname, isSubdomainOf } from '../hostname.ts'
import { findPublicSuffix } from './public-suffix.ts'

export interface PublishingHost {
  readonly name: Hostname
  /** A sentence without its full stop; fits behind a host and a colon. */
  readonly reason: string
}

const hosts = (reason: string, ...names: readonly string[]): PublishingHost[] =>
  names.map((name) => ({ name: name as Hostname, reason }))

const PASTE = 'anyone can publish there, and read what an agent puts there'
const FILES = 'anyone can publish there: a page or file can carry instructions, and some accounts accept uploads'
const COLLECTOR = 'it exists to collect what is sent to it'
const CHAT = 'whatever is posted there reaches a channel of anybody’s choice'
const RESOLVER = 'it answers look-ups over HTTPS, and a look-up can carry data'
const MODEL = 'a model API: requests of the agent to it go round the sidecar, with whatever key they bring'

/** Hosts that a user may allow, and should know about: what is sent there can be read by others, or anybody writes there. */
export const PUBLISHING_HOSTS: readonly PublishingHost[] = [
  ...hosts(PASTE, 'gist.github.com', 'pastebin.com', 'paste.ee', 'hastebin.com', 'rentry.co', 'dpaste.com'),
  ...hosts(PASTE, 'transfer.sh', 'file.io', '0x0.st', 'termbin.com', 'ix.io', 'catbox.moe', 'gofile.io'),
  ...hosts('it serves the files of every gist', 'gist.githubusercontent.com'),
  ...hosts(
    'it serves the files of every public repository',
    'raw.githubusercontent.com',
    'media.githubusercontent.com',
  ),
  ...hosts('it serves any file of npm and GitHub', 'cdn.jsdelivr.net', 'unpkg.com', 'esm.sh', 'rawcdn.githack.com'),
  ...hosts(
    'every bucket of Google Cloud is reached by this name',
    'storage.googleapis.com',
    'storage.cloud.google.com',
  ),
  ...hosts('every bucket of AWS is reached by this name', 's3.amazonaws.com', 's3.us-east-1.amazonaws.com'),
  ...hosts(FILES, 'gitlab.com', 'bitbucket.org', 'codeberg.org', 'sourceforge.net', 'huggingface.co'),
  ...hosts(FILES, 'drive.google.com', 'docs.google.com', 'www.dropbox.com', 'content.dropboxapi.com', '1drv.ms'),
  ...hosts(
    COLLECTOR,
    'webhook.site',
    'requestbin.com',
    'eo1.m.pipedream.net',
    'httpbin.org',
    'interact.sh',
    'oast.fun',
  ),
  ...hosts(CHAT, 'hooks.slack.com', 'slack.com', 'discord.com', 'api.telegram.org', 'ntfy.sh'),
  ...hosts(RESOLVER, 'dns.google', 'cloudflare-dns.com', 'one.one.one.one', 'dns.quad9.net', 'doh.opendns.com'),
  ...hosts(MODEL, 'api.openai.com', 'api.anthropic.com', 'generativelanguage.googleapis.com', 'api.githubcopilot.com'),
  ...hosts(MODEL, 'api.business.githubcopilot.com', 'api.enterprise.githubcopilot.com', 'openrouter.ai'),
]

const SHARED = 'its customers publish there, and some of these services take every bucket or page by path'

/** The host that a rule opens and that its author should know about; the first of the table, or a shared suffix itself. */
export function findPublishingHost(kind: 'host' | 'wildcard', name: Hostname): PublishingHost | undefined {
  const isCovered = (row: PublishingHost): boolean =>
    kind === 'host' ? row.name === name : isSubdomainOf(row.name, name)
  const found = PUBLISHING_HOSTS.find(isCovered)
  if (found !== undefined || kind === 'wildcard') return found
  return findPublicSuffix(name) === 'shared' ? { name, reason: SHARED } : undefined
}
