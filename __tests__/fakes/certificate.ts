import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { isIP } from 'node:net'

/**
 * Throw-away certificates for tests. Node signs but builds no X.509, so the few DER structures are written here: that works on
 * every system, without an openssl binary, in about a millisecond.
 */
export interface CertificateAuthority {
  /** PEM of the root; what a client must trust (`ca-bundle`, NODE_EXTRA_CA_CERTS). */
  readonly ca: string
  /** A leaf for these DNS names (wildcards allowed) and IP literals, as tls.createServer takes it. */
  readonly issue: (names: readonly string[]) => TlsMaterial
}

export interface TlsMaterial {
  readonly key: string
  readonly cert: string
}

/** Creates a root that exists only in this process. Every call gives another root. */
export function createCertificateAuthority(commonName = 'setup-agent-proxy throw-away CA'): CertificateAuthority {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const issuer: Issuer = { name: renderName(commonName), publicKey: pair.publicKey, privateKey: pair.privateKey }
  const extensions = [
    extension([2, 5, 29, 19], seq(tlv(0x01, Buffer.from([0xff]))), true),
    extension([2, 5, 29, 15], tlv(0x03, Buffer.from([0x01, 0x06])), true),
    subjectKeyId(pair.publicKey),
  ]
  const ca = renderPem(renderCertificate({ issuer, subject: issuer.name, subjectKey: pair.publicKey, extensions }))
  return { ca, issue: (names) => issueLeaf(issuer, ca, names) }
}

let shared: CertificateAuthority | undefined

/** The root shared by all fakes of one process. */
export function sharedAuthority(): CertificateAuthority {
  shared ??= createCertificateAuthority()
  return shared
}

interface Issuer {
  readonly name: Buffer
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

interface CertificateParts {
  readonly issuer: Issuer
  readonly subject: Buffer
  readonly subjectKey: KeyObject
  readonly extensions: readonly Buffer[]
}

function issueLeaf(issuer: Issuer, ca: string, names: readonly string[]): TlsMaterial {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const extensions = [
    extension([2, 5, 29, 19], seq(), true),
    extension([2, 5, 29, 15], tlv(0x03, Buffer.from([0x07, 0x80])), true),
    extension([2, 5, 29, 37], seq(oid([1, 3, 6, 1, 5, 5, 7, 3, 1]))),
    extension([2, 5, 29, 17], seq(...names.map(renderAlternativeName))),
    extension([2, 5, 29, 35], seq(tlv(0x80, keyId(issuer.publicKey)))),
    subjectKeyId(pair.publicKey),
  ]
  const subject = renderName(names[0] ?? 'localhost')
  const leaf = renderPem(renderCertificate({ issuer, subject, subjectKey: pair.publicKey, extensions }))
  return { key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), cert: leaf + ca }
}

const ECDSA_SHA256 = () => seq(oid([1, 2, 840, 10045, 4, 3, 2]))

function renderCertificate({ issuer, subject, subjectKey, extensions }: CertificateParts): Buffer {
  const serial = randomBytes(16)
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40
  const tbs = seq(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, serial),
    ECDSA_SHA256(),
    issuer.name,
    seq(renderTime(-24), renderTime(24 * 30)),
    subject,
    subjectKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, seq(...extensions)),
  )
  const signature = sign('sha256', tbs, issuer.privateKey)
  return seq(tbs, ECDSA_SHA256(), tlv(0x03, Buffer.concat([Buffer.from([0]), signature])))
}

function renderName(commonName: string): Buffer {
  const value = tlv(0x0c, Buffer.from(commonName.slice(0, 64), 'utf8'))
  return seq(tlv(0x31, seq(oid([2, 5, 4, 3]), value)))
}

function renderTime(offsetHours: number): Buffer {
  const iso = new Date(Date.now() + offsetHours * 3_600_000).toISOString()
  return tlv(0x17, Buffer.from(`${iso.slice(2, 19).replace(/[-:T]/g, '')}Z`))
}

function renderAlternativeName(name: string): Buffer {
  const family = isIP(name)
  if (family === 0) return tlv(0x82, Buffer.from(name, 'ascii'))
  return tlv(0x87, family === 4 ? Buffer.from(name.split('.').map(Number)) : expandIpv6(name))
}

function expandIpv6(text: string): Buffer {
  const [head = '', tail] = text.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const middle = tail === undefined ? [] : new Array<string>(8 - left.length - right.length).fill('0')
  const groups = [...left, ...middle, ...right].map((group) => group.padStart(4, '0'))
  return Buffer.from(groups.join(''), 'hex')
}

function keyId(key: KeyObject): Buffer {
  return createHash('sha1')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest()
}

function subjectKeyId(key: KeyObject): Buffer {
  return extension([2, 5, 29, 14], tlv(0x04, keyId(key)))
}

function extension(id: readonly number[], value: Buffer, critical = false): Buffer {
  const flag = critical ? [tlv(0x01, Buffer.from([0xff]))] : []
  return seq(oid(id), ...flag, tlv(0x04, value))
}

function seq(...parts: readonly Buffer[]): Buffer {
  return tlv(0x30, Buffer.concat(parts))
}

function oid([first = 0, second = 0, ...rest]: readonly number[]): Buffer {
  return tlv(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

function base128(value: number): number[] {
  const digits = [value & 0x7f]
  for (let left = value >>> 7; left > 0; left >>>= 7) digits.unshift((left & 0x7f) | 0x80)
  return digits
}

function tlv(tag: number, content: Buffer): Buffer {
  const { length } = content
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content])
  const octets = length < 0x100 ? [length] : [length >>> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, 0x80 | octets.length, ...octets]), content])
}

function renderPem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}
