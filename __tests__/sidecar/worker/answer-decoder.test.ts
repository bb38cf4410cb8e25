import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  brotliCompressSync,
  constants,
  createBrotliCompress,
  createDeflate,
  createGzip,
  createZstdCompress,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { AnswerDecoder } from '../../../src/sidecar/worker/answer-decoder.ts'
import { type Coding, parseCodings, unpackBeginning } from '../../../src/sidecar/worker/content-codings.ts'

const BODY = Buffer.from('data: {"delta":"hello"}\n\n'.repeat(12))

type Pack = (body: Buffer) => Buffer

const PACKS: readonly (readonly [name: string, codings: readonly Coding[], pack: Pack])[] = [
  ['gzip', ['gzip'], gzipSync],
  [
    'gzip of two members',
    ['gzip'],
    (body) => Buffer.concat([gzipSync(body.subarray(0, 9)), gzipSync(body.subarray(9))]),
  ],
  ['x-gzip', ['x-gzip'], gzipSync],
  ['deflate (zlib)', ['deflate'], deflateSync],
  ['deflate (bare)', ['deflate'], deflateRawSync],
  ['deflate (bare, stored)', ['deflate'], (body) => deflateRawSync(body, { level: 0 })],
  ['br', ['br'], brotliCompressSync],
  ['zstd', ['zstd'], zstdCompressSync],
  ['gzip, br', ['gzip', 'br'], (body) => brotliCompressSync(gzipSync(body))],
  ['deflate, zstd', ['deflate', 'zstd'], (body) => zstdCompressSync(deflateRawSync(body))],
  ['br, gzip, gzip', ['br', 'gzip', 'gzip'], (body) => gzipSync(gzipSync(brotliCompressSync(body)))],
]

interface Result {
  readonly body: Buffer
  readonly outcome: 'end' | 'error'
}

/** Pushes the chunks with the pauses that the decoder asks for. */
function decode(codings: readonly Coding[], chunks: readonly Buffer[]): Promise<Result> {
  const parts: Buffer[] = []
  let wait = Promise.withResolvers<void>()
  return new Promise((resolve) => {
    const finish = (outcome: Result['outcome']) => {
      wait.resolve()
      resolve({ body: Buffer.concat(parts), outcome })
    }
    const decoder = new AnswerDecoder(codings, {
      onData: (bytes) => parts.push(bytes),
      onDrain: () => wait.resolve(),
      onEnd: () => finish('end'),
      onError: () => finish('error'),
    })
    const run = async (): Promise<void> => {
      for (const chunk of chunks) {
        wait = Promise.withResolvers<void>()
        if (!decoder.push(chunk)) await wait.promise
      }
      decoder.end()
    }
    void run()
  })
}

describe('parseCodings()', () => {
  test.each([
    ['', []],
    ['identity', []],
    ['GZIP', ['gzip']],
    ['gzip, br', ['gzip', 'br']],
    ['gzip,,identity , zstd', ['gzip', 'zstd']],
    ['compress', undefined],
    ['gzip, aes128gcm', undefined],
    ['gzip;q=1', undefined],
    ['constructor', undefined],
    ['gzip, gzip, gzip, gzip', undefined],
  ])('%j: %j', (header, codings) => {
    expect(parseCodings(header)).toEqual(codings)
  })
})

describe('unpackBeginning()', () => {
  const text = Array.from({ length: 3000 }, (_, n) => `line ${n * 7919} `).join('')

  test.each(PACKS)('%s: reads a whole body, and the beginning of one that is not all there', (_name, codings, pack) => {
    const header = codings.join(', ')
    expect(unpackBeginning(pack(BODY), header).toString()).toBe(BODY.toString())
    const packed = pack(Buffer.from(text))
    const beginning = unpackBeginning(packed.subarray(0, packed.length - 20), header).toString()
    expect(text.startsWith(beginning)).toBe(true)
  })

  test.each([
    ['plain', ''],
    ['of an unknown coding', 'compress'],
    ['not what they are said to be', 'gzip'],
  ])('gives back bytes that are %s', (_name, header) => {
    expect(unpackBeginning(BODY, header)).toBe(BODY)
  })

  test('does not unpack a bomb', () => {
    const bomb = gzipSync(Buffer.alloc(8 * 1024 * 1024))
    expect(unpackBeginning(bomb, 'gzip')).toBe(bomb)
  })
})

describe.each(PACKS)('AnswerDecoder, %s', (_name, codings, pack) => {
  const packed = pack(BODY)

  test('unpacks it however it is cut', async () => {
    for (let at = 0; at <= packed.length; at += 1) {
      const result = await decode(codings, [packed.subarray(0, at), packed.subarray(at)])
      expect([result.outcome, result.body.equals(BODY)]).toEqual(['end', true])
    }
    const bytes = Array.from({ length: packed.length }, (_, index) => packed.subarray(index, index + 1))
    expect(await decode(codings, bytes)).toEqual({ outcome: 'end', body: BODY })
  })

  test('never ends cleanly when it is cut off', async () => {
    for (let length = 1; length < packed.length; length += 1) {
      const { outcome, body } = await decode(codings, [packed.subarray(0, length)])
      // A first member that is whole is a whole body; there is no telling that another was to come.
      if (body.length < BODY.length && !body.equals(BODY.subarray(0, 9)))
        expect([length, outcome]).toEqual([length, 'error'])
    }
  })

  test('ends in an error when something else stands behind it or in its place', async () => {
    for (const chunks of [[packed, Buffer.from('more')], [Buffer.concat([packed, Buffer.from('more')])]]) {
      expect((await decode(codings, chunks)).outcome).toBe('error')
    }
    expect((await decode(codings, [Buffer.from('{"error":"plain"}')])).outcome).toBe('error')
  })

  test('takes no bytes at all for an empty body', async () => {
    expect(await decode(codings, [])).toEqual({ outcome: 'end', body: Buffer.alloc(0) })
  })
})

const FLUSHING = [
  ['gzip', () => createGzip(), constants.Z_SYNC_FLUSH],
  ['deflate', () => createDeflate(), constants.Z_SYNC_FLUSH],
  ['br', () => createBrotliCompress(), constants.BROTLI_OPERATION_FLUSH],
  ['zstd', () => createZstdCompress(), constants.ZSTD_e_flush],
] as const

describe('AnswerDecoder', () => {
  test.each(FLUSHING)(
    'gives out an event of a stream in %s before the next one comes',
    async (coding, create, flush) => {
      const packer = create()
      let received = ''
      let heard = Promise.withResolvers<void>()
      const decoder = new AnswerDecoder([coding], {
        onData: (bytes) => {
          received += bytes.toString()
          if (received.endsWith('\n\n')) heard.resolve()
        },
        onDrain: () => undefined,
        onEnd: () => undefined,
        onError: heard.reject,
      })
      packer.on('data', (bytes: Buffer) => decoder.push(bytes))
      for (let event = 0; event < 5; event += 1) {
        heard = Promise.withResolvers()
        packer.write(`data: ${event}\n\n`)
        packer.flush(flush)
        await heard.promise
        expect(received).toBe(Array.from({ length: event + 1 }, (_, index) => `data: ${index}\n\n`).join(''))
      }
      decoder.destroy()
      packer.destroy()
    },
  )

  test.each([
    ['gzip', [gzipSync(Buffer.alloc(32 * 1024 * 1024))], ['gzip']],
    ['gzip, gzip', [gzipSync(gzipSync(Buffer.alloc(32 * 1024 * 1024)))], ['gzip', 'gzip']],
    ['br', [brotliCompressSync(Buffer.alloc(32 * 1024 * 1024))], ['br']],
    ['zstd', [zstdCompressSync(Buffer.alloc(32 * 1024 * 1024))], ['zstd']],
  ] as const)('lets no more out of a bomb (%s) than its receiver takes', async (_name, chunks, codings) => {
    let received = 0
    const ended = Promise.withResolvers<void>()
    let paused = Promise.withResolvers<void>()
    const decoder = new AnswerDecoder(codings, {
      onData: (bytes) => {
        received += bytes.length
        decoder.pause()
        paused.resolve()
      },
      onDrain: () => undefined,
      onEnd: () => ended.resolve(),
      onError: ended.reject,
    })
    for (const chunk of chunks) decoder.push(chunk)
    decoder.end()
    await paused.promise
    for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate)
    expect(received).toBeLessThan(1024 * 1024)
    for (let isOver = false; !isOver; ) {
      paused = Promise.withResolvers()
      decoder.resume()
      isOver = await Promise.race([paused.promise.then(() => false), ended.promise.then(() => true)])
    }
    expect(received).toBe(32 * 1024 * 1024)
  })

  test('asks its upstream to wait while its receiver waits', async () => {
    const noise = gzipSync(randomBytes(4 * 1024 * 1024))
    const drained = Promise.withResolvers<void>()
    const decoder = new AnswerDecoder(['gzip'], {
      onData: () => undefined,
      onDrain: () => drained.resolve(),
      onEnd: () => undefined,
      onError: drained.reject,
    })
    decoder.push(noise.subarray(0, 1024))
    decoder.pause()
    let pushes = 1
    while (decoder.push(noise.subarray(pushes * 1024, (pushes + 1) * 1024))) pushes += 1
    expect(pushes).toBeLessThan(1024)
    decoder.resume()
    await drained.promise
    decoder.destroy()
  })

  test.each([
    [23, 'end'],
    [24, 'error'],
  ] as const)('reads zstd with a window of 2 to the %i only as HTTP allows it: %s', async (windowLog, outcome) => {
    const packer = createZstdCompress({ params: { [constants.ZSTD_c_windowLog]: windowLog } })
    const chunks: Buffer[] = []
    packer.on('data', (bytes: Buffer) => chunks.push(bytes))
    packer.write(BODY)
    packer.flush(constants.ZSTD_e_flush, () => packer.end())
    await once(packer, 'end')
    expect((await decode(['zstd'], chunks)).outcome).toBe(outcome)
  })

  test('settles when everything that came was given out', async () => {
    const packed = gzipSync(BODY)
    const parts: Buffer[] = []
    const decoder = new AnswerDecoder(['gzip'], {
      onData: (bytes) => parts.push(bytes),
      onDrain: () => undefined,
      onEnd: () => undefined,
      onError: () => undefined,
    })
    decoder.push(packed.subarray(0, -4))
    await new Promise<void>((resolve) => decoder.settle(resolve))
    expect(Buffer.concat(parts)).toEqual(BODY)
    decoder.destroy()
  })
})
