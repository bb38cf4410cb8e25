import { describe, expect, test } from '@jest/globals'
import { createFrameReader, type FrameFault } from '../../../src/core/usage/frame-reader.ts'
import { createNoise, createRandom } from './seeded-random.ts'

const MASK = [0xa1, 0x02, 0xf3, 0x54] as const

interface FrameParts {
  readonly opcode: number
  readonly payload?: string | Uint8Array
  readonly isFinal?: boolean
  readonly rsv?: number
  readonly masked?: boolean
}

/** Encodes one frame by RFC 6455 §5.2. */
function encodeFrame({ opcode, payload = '', isFinal = true, rsv = 0, masked = false }: FrameParts): Uint8Array {
  const body = Uint8Array.from(typeof payload === 'string' ? new TextEncoder().encode(payload) : payload)
  const head = [(isFinal ? 0x80 : 0) | rsv | opcode, masked ? 0x80 : 0]
  const mark = head[1] ?? 0
  if (body.length < 126) head[1] = mark | body.length
  else if (body.length < 65_536) head.splice(1, 1, mark | 126, body.length >> 8, body.length & 255)
  else {
    const long = new Uint8Array(8)
    new DataView(long.buffer).setBigUint64(0, BigInt(body.length))
    head.splice(1, 1, mark | 127, ...long)
  }
  if (!masked) return Uint8Array.from([...head, ...body])
  return Uint8Array.from([...head, ...MASK, ...body.map((byte, index) => byte ^ (MASK[index & 3] ?? 0))])
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}

interface Seen {
  readonly texts: string[]
  readonly compressed: string[]
  broken: FrameFault | undefined
}

function read(chunks: readonly Uint8Array[], masked = false, maxPayload = 1 << 20): Seen {
  const seen: Seen = { texts: [], compressed: [], broken: undefined }
  const decode = (payload: Uint8Array) => new TextDecoder('latin1').decode(payload)
  const reader = createFrameReader({
    masked,
    maxPayload,
    onText: (payload, isTruncated) => seen.texts.push(new TextDecoder().decode(payload) + (isTruncated ? '…' : '')),
    onCompressed: (payload, info) =>
      seen.compressed.push(`${info.isText ? 'text' : 'binary'}:${decode(payload)}${info.isTruncated ? '…' : ''}`),
  })
  for (const chunk of chunks) reader.push(chunk)
  seen.broken = reader.broken
  return seen
}

function encodeConversation(masked: boolean): Uint8Array {
  return join(
    encodeFrame({ opcode: 1, payload: 'first ✓', masked }),
    encodeFrame({ opcode: 9, payload: 'ping', masked }),
    encodeFrame({ opcode: 1, payload: 'frag', isFinal: false, masked }),
    encodeFrame({ opcode: 10, masked }),
    encodeFrame({ opcode: 0, payload: '', isFinal: false, masked }),
    encodeFrame({ opcode: 0, payload: 'mented', masked }),
    encodeFrame({ opcode: 2, payload: 'binary', masked }),
    encodeFrame({ opcode: 1, payload: '', masked }),
    encodeFrame({ opcode: 1, payload: 'm'.repeat(300), masked }),
    encodeFrame({ opcode: 1, payload: 'de', rsv: 0x40, isFinal: false, masked }),
    encodeFrame({ opcode: 0, payload: 'flated', masked }),
    encodeFrame({ opcode: 2, payload: 'raw', rsv: 0x40, masked }),
    encodeFrame({ opcode: 8, payload: '\x03\xe8', masked }),
  )
}

const CONVERSATION: Seen = {
  texts: ['first ✓', 'fragmented', '', 'm'.repeat(300)],
  compressed: ['text:deflated', 'binary:raw'],
  broken: undefined,
}

describe.each([false, true])('createFrameReader, masked: %s', (masked) => {
  const bytes = encodeConversation(masked)

  test('reads messages with fragments and control frames between them, cut at every byte', () => {
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      expect({ cut, ...read([bytes.subarray(0, cut), bytes.subarray(cut)], masked) }).toEqual({ cut, ...CONVERSATION })
    }
  })

  test('reads byte by byte', () => {
    expect(
      read(
        Array.from(bytes, (byte) => Uint8Array.of(byte)),
        masked,
      ),
    ).toEqual(CONVERSATION)
  })

  test('reads a frame with a 64-bit length', () => {
    const payload = 'long'.repeat(20_000)
    const frame = encodeFrame({ opcode: 1, payload, masked })
    expect(read([frame.subarray(0, 9), frame.subarray(9, 50_000), frame.subarray(50_000)], masked).texts).toEqual([
      payload,
    ])
  })

  test('cuts a message that is longer than maxPayload and reads the next one', () => {
    const chunk = join(
      encodeFrame({ opcode: 1, payload: '0123456789', masked }),
      encodeFrame({ opcode: 1, payload: '0123', isFinal: false, masked }),
      encodeFrame({ opcode: 0, payload: '45678', masked }),
      encodeFrame({ opcode: 1, payload: '01234567', masked }),
    )
    expect(read([chunk], masked, 8).texts).toEqual(['01234567…', '01234567…', '01234567'])
  })

  test('stops behind a close frame', () => {
    const chunk = join(encodeFrame({ opcode: 8, masked }), new Uint8Array(20).fill(0xff))
    expect(read([chunk], masked)).toEqual({ texts: [], compressed: [], broken: undefined })
  })
})

describe('createFrameReader', () => {
  test.each<[FrameFault, Uint8Array]>([
    ['opcode', encodeFrame({ opcode: 3 })],
    ['opcode', encodeFrame({ opcode: 11 })],
    ['reserved-bits', encodeFrame({ opcode: 1, rsv: 0x20 })],
    ['reserved-bits', join(encodeFrame({ opcode: 1, isFinal: false }), encodeFrame({ opcode: 0, rsv: 0x40 }))],
    ['masking', encodeFrame({ opcode: 1, masked: true })],
    ['control-frame', encodeFrame({ opcode: 9, isFinal: false })],
    ['control-frame', encodeFrame({ opcode: 9, rsv: 0x40 })],
    ['control-frame', encodeFrame({ opcode: 8, payload: 'x'.repeat(126) })],
    ['length', Uint8Array.of(0x81, 127, 255, 255, 255, 255, 255, 255, 255, 255)],
    ['fragmentation', encodeFrame({ opcode: 0 })],
    ['fragmentation', join(encodeFrame({ opcode: 1, isFinal: false }), encodeFrame({ opcode: 1 }))],
  ])('goes broken (%s) and reads nothing more', (fault, bytes) => {
    expect(read([bytes, encodeFrame({ opcode: 1, payload: 'later' })])).toEqual({
      texts: [],
      compressed: [],
      broken: fault,
    })
  })

  test('refuses an unmasked frame from a client', () => {
    expect(read([encodeFrame({ opcode: 1, payload: 'a' })], true).broken).toBe('masking')
  })

  test('holds no more than maxPayload of a frame that claims petabytes', () => {
    const head = Uint8Array.of(0x81, 127, 0, 16, 0, 0, 0, 0, 0, 0)
    const filling = new Uint8Array(1 << 20)
    expect(read([head, ...new Array<Uint8Array>(64).fill(filling)], false, 1024)).toEqual({
      texts: [],
      compressed: [],
      broken: undefined,
    })
  })

  test('never throws on noise, whole or cut', () => {
    const random = createRandom(11)
    for (let round = 0; round < 1000; round += 1) {
      const noise = createNoise(random, Math.floor(random() * 200), '\x81\x01\x82\x00\x05\x7e\x7f\xc1\x89')
      const cut = Math.floor(random() * noise.length)
      const whole = read([noise], round % 2 === 0, 64)
      expect(read([noise.subarray(0, cut), noise.subarray(cut)], round % 2 === 0, 64)).toEqual(whole)
    }
  })
})
