import { type Hostname, isIpLiteral, parseHostname } from '../hostname.ts'
import { ByteCursor, MalformedError } from './byte-cursor.ts'

/**
 * What the first bytes of a TLS connection say. They are hostile: whoever can make us read another name than the server reads
 * has a way out. So one ClientHello, exact in every length, with one plain name in it, or a refusal (RFC 8446 §4.1.2, §5.1;
 * RFC 6066 §3).
 */
export type ClientHelloReading =
  /** Well-formed so far, and not whole. */
  | { readonly kind: 'more' }
  | {
      readonly kind: 'hello'
      readonly name: Hostname
      /** The extension of Encrypted Client Hello is there: only the outer name can be seen. */
      readonly hasEncryptedHello: boolean
    }
  | { readonly kind: 'refused'; readonly reason: 'not-tls' | 'no-server-name' | 'address-literal' }

/** Most bytes that a ClientHello may take with all its records: clients with post-quantum keys send about 2 KiB. */
export const MAX_CLIENT_HELLO = 48 * 1024
const MAX_HANDSHAKE = 32 * 1024
const MAX_RECORDS = 128
const MAX_RECORD = 16_384
const HANDSHAKE = 22
const CLIENT_HELLO = 1
const EXTENSION_SERVER_NAME = 0
const EXTENSION_ENCRYPTED_HELLO = 0xfe0d

/**
 * @param bytes everything that has come since the connection began.
 */
export function parseClientHello(bytes: Buffer): ClientHelloReading {
  try {
    const hello = joinRecords(bytes)
    return hello === undefined ? { kind: 'more' } : readHello(new ByteCursor(hello))
  } catch (error) {
    if (error instanceof MalformedError) return { kind: 'refused', reason: 'not-tls' }
    throw error
  }
}

/** The body of the one handshake message, or undefined while it is not whole. A record may hold any part of it. */
function joinRecords(bytes: Buffer): Buffer | undefined {
  let message: Buffer = Buffer.alloc(0)
  let [at, needed] = [0, 4]
  for (let records = 0; message.length < needed; records += 1) {
    if (records === MAX_RECORDS || at > MAX_CLIENT_HELLO) throw new MalformedError('too many records')
    const length = readRecordHead(bytes.subarray(at, at + 5))
    if (length === undefined) return undefined
    const part = bytes.subarray(at + 5, at + 5 + length)
    message = message.length === 0 ? part : Buffer.concat([message, part])
    needed = readNeeded(message)
    // Another message behind it in the same record would stand before a change of keys, which no client may do.
    if (message.length + length - part.length > needed && message.length >= 4) {
      throw new MalformedError('bytes behind the ClientHello')
    }
    if (part.length < length) return undefined
    at += 5 + length
  }
  return message.subarray(4)
}

function readRecordHead(head: Buffer): number | undefined {
  const [type, major, minor] = head
  if (type !== undefined && type !== HANDSHAKE) throw new MalformedError('no handshake record')
  if (major !== undefined && major !== 3) throw new MalformedError('no TLS version')
  if (minor !== undefined && minor > 4) throw new MalformedError('no TLS version')
  if (head.length < 5) return undefined
  const length = head.readUInt16BE(3)
  if (length === 0 || length > MAX_RECORD) throw new MalformedError('a record has a forbidden length')
  return length
}

/** Length of the message with its four bytes of head, or those four while they are not all there. */
function readNeeded(message: Buffer): number {
  if (message.length > 0 && message[0] !== CLIENT_HELLO) throw new MalformedError('no ClientHello')
  if (message.length < 4) return 4
  const needed = 4 + message.readUIntBE(1, 3)
  if (needed > MAX_HANDSHAKE) throw new MalformedError('a ClientHello is too long')
  return needed
}

function readHello(cursor: ByteCursor): ClientHelloReading {
  if (cursor.takeNumber(1) !== 3) throw new MalformedError('no TLS version')
  cursor.take(1 + 32)
  cursor.takeVector(1, 0, 32)
  if (cursor.takeVector(2, 2, 0xfffe).length % 2 !== 0) throw new MalformedError('half a cipher suite')
  cursor.takeVector(1, 1, 255)
  if (cursor.isAtEnd) return { kind: 'refused', reason: 'no-server-name' }
  const extensions = readExtensions(new ByteCursor(cursor.takeVector(2, 0, 0xffff)))
  if (!cursor.isAtEnd) throw new MalformedError('bytes behind the extensions')
  const list = extensions.get(EXTENSION_SERVER_NAME)
  if (list === undefined) return { kind: 'refused', reason: 'no-server-name' }
  return decideName(readServerName(new ByteCursor(list)), extensions.has(EXTENSION_ENCRYPTED_HELLO))
}

function readExtensions(cursor: ByteCursor): ReadonlyMap<number, Buffer> {
  const extensions = new Map<number, Buffer>()
  while (!cursor.isAtEnd) {
    const type = cursor.takeNumber(2)
    // Twice the same: one reader takes the first, another the last.
    if (extensions.has(type)) throw new MalformedError('an extension is given twice')
    extensions.set(type, cursor.takeVector(2, 0, 0xffff))
  }
  return extensions
}

/** Exactly one entry, of the one type there is. */
function readServerName(extension: ByteCursor): string {
  const list = new ByteCursor(extension.takeVector(2, 4, 0xffff))
  if (!extension.isAtEnd || list.takeNumber(1) !== 0) throw new MalformedError('no host name in the list of names')
  const name = list.takeVector(2, 1, 0xffff)
  if (!list.isAtEnd) throw new MalformedError('more than one name')
  return name.toString('latin1')
}

function decideName(text: string, hasEncryptedHello: boolean): ClientHelloReading {
  const name = parseHostname(text)
  if (name === undefined) return { kind: 'refused', reason: 'no-server-name' }
  return isIpLiteral(name) ? { kind: 'refused', reason: 'address-literal' } : { kind: 'hello', name, hasEncryptedHello }
}
