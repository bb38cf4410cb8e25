import {
  brotliDecompressSync,
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
  gunzipSync,
  inflateRawSync,
  inflateSync,
  zstdDecompressSync,
} from 'node:zlib'

export type Decoder = ReturnType<typeof createGunzip>

interface CodingRow {
  /** @param isZlib what the first byte of the stream says. */
  readonly create: (isZlib: boolean) => Decoder
  /** Unpacks a beginning of the stream as far as it can be read. */
  readonly unpack: (bytes: Buffer, isZlib: boolean) => Buffer
}

/** What the beginning of a small answer may grow to. */
const MAX_BEGINNING = 1024 * 1024
const PARTIAL = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: MAX_BEGINNING }
const PARTIAL_BROTLI = { finishFlush: constants.BROTLI_OPERATION_FLUSH, maxOutputLength: MAX_BEGINNING }
/** 8 MiB, the most that HTTP allows (RFC 9659): without this bound a few bytes could ask for a window of 128 MiB. */
const ZSTD_WINDOW = { params: { [constants.ZSTD_d_windowLogMax]: 23 } }
const PARTIAL_ZSTD = { ...ZSTD_WINDOW, finishFlush: constants.ZSTD_e_flush, maxOutputLength: MAX_BEGINNING }

const GZIP: CodingRow = { create: () => createGunzip(), unpack: (bytes) => gunzipSync(bytes, PARTIAL) }

const CODINGS = {
  gzip: GZIP,
  'x-gzip': GZIP,
  // Servers say `deflate` for two formats: the one of the standard, and the bare stream that some browsers once wanted.
  deflate: {
    create: (isZlib) => (isZlib ? createInflate() : createInflateRaw()),
    unpack: (bytes, isZlib) => (isZlib ? inflateSync : inflateRawSync)(bytes, PARTIAL),
  },
  br: { create: () => createBrotliDecompress(), unpack: (bytes) => brotliDecompressSync(bytes, PARTIAL_BROTLI) },
  zstd: { create: () => createZstdDecompress(ZSTD_WINDOW), unpack: (bytes) => zstdDecompressSync(bytes, PARTIAL_ZSTD) },
} as const satisfies Readonly<Record<string, CodingRow>>

export type Coding = keyof typeof CODINGS

/** Nobody stacks more on purpose. */
const MOST_CODINGS = 3

/** The codings of a `content-encoding` in the order in which they were applied; undefined when one of them cannot be undone. */
export function parseCodings(contentEncoding: string): readonly Coding[] | undefined {
  if (contentEncoding === '') return []
  const names = contentEncoding.split(',').map((name) => name.trim().toLowerCase())
  const codings = names.filter((name) => name !== '' && name !== 'identity')
  return codings.length <= MOST_CODINGS && codings.every(isCoding) ? codings : undefined
}

/** @param firstByte of the stream. */
export function createDecoder(coding: Coding, firstByte: number): Decoder {
  return CODINGS[coding].create(isZlib(firstByte))
}

/** The beginning of a body as its reader would see it; the bytes themselves when they cannot be unpacked. */
export function unpackBeginning(bytes: Buffer, contentEncoding: string): Buffer {
  try {
    return (parseCodings(contentEncoding) ?? []).reduceRight(
      (packed, coding) => CODINGS[coding].unpack(packed, isZlib(packed[0] ?? 0)),
      bytes,
    )
  } catch {
    return bytes
  }
}

// Low half of the first byte of a zlib stream. A bare deflate stream cannot begin so: no encoder sets the padding bits.
function isZlib(firstByte: number): boolean {
  return (firstByte & 0x0f) === 8
}

function isCoding(name: string): name is Coding {
  return Object.hasOwn(CODINGS, name)
}
