import { connect, type Socket } from 'node:net'
import { type BridgeOpening, renderBridgeOpening } from '../../core/bridge-opening.ts'

export interface RelayDoor {
  readonly socketPath: string
  /** The relay did not answer. */
  readonly onClosed: () => void
}

/**
 * Carries one connection to the relay. Half-closes are passed on; an end that breaks breaks the other one with a reset, so that
 * nobody takes half an answer for a whole one.
 */
export function carryConnection(client: Socket, opening: BridgeOpening, door: RelayDoor): void {
  const relay = connect({ path: door.socketPath, allowHalfOpen: true })
  relay.write(renderBridgeOpening(opening))
  client.setNoDelay(true)
  // The relay cannot send a reset through a unix socket: an end before any byte, while the client still speaks, stands for one.
  relay.once('end', () => {
    if (relay.bytesRead === 0 && !client.readableEnded) client.resetAndDestroy()
  })
  client.pipe(relay)
  relay.pipe(client)
  let isOpen = false
  relay.once('connect', () => {
    isOpen = true
  })
  client.once('error', () => relay.destroy())
  relay.once('error', () => {
    if (!isOpen) door.onClosed()
    client.resetAndDestroy()
  })
  client.once('close', (hadError) => {
    if (hadError || !relay.writableEnded) relay.destroy()
  })
  relay.once('close', () => {
    if (!client.writableEnded) client.resetAndDestroy()
  })
}

/** Longest that an answer to one DNS question is waited for; clients ask again after five seconds. */
const ANSWER_WAIT_MS = 5000

/** Sends one DNS message to the relay, framed as over TCP, and gives back its answer; undefined when none comes. */
export function askRelay(message: Buffer, opening: BridgeOpening, door: RelayDoor): Promise<Buffer | undefined> {
  const { promise, resolve } = Promise.withResolvers<Buffer | undefined>()
  const relay = connect(door.socketPath)
  let isOpen = false
  let seen = Buffer.alloc(0)
  const length = Buffer.alloc(2)
  length.writeUInt16BE(message.length)
  relay.setTimeout(ANSWER_WAIT_MS, () => relay.destroy())
  relay.once('connect', () => {
    isOpen = true
  })
  relay.once('error', () => {
    if (!isOpen) door.onClosed()
  })
  relay.once('close', () => resolve(undefined))
  relay.on('data', (chunk: Buffer) => {
    seen = Buffer.concat([seen, chunk])
    const end = seen.length < 2 ? Number.POSITIVE_INFINITY : 2 + seen.readUInt16BE(0)
    if (seen.length < end) return
    resolve(seen.subarray(2, end))
    relay.destroy()
  })
  relay.write(Buffer.concat([Buffer.from(renderBridgeOpening(opening)), length, message]))
  return promise
}
