import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { isIP } from 'node:net'
import path from 'node:path'
import { JOB } from '../addresses.ts'

/** One frame that left the machine. */
export interface Frame {
  readonly bytes: Buffer
  /** Where it goes, canonical spelling; for ARP and neighbour solicitations the address that is asked for. */
  readonly target: string
  readonly isForNameServer: boolean
}

export interface Tap {
  /** Every frame that the machine has sent until now: nothing is still on its way. */
  readonly frames: () => Promise<readonly Frame[]>
  readonly close: () => void
}

const FIRST_SENDER = 200
const LAST_SENDER = 250

/** Listens on the outside's end of the wire, below everything that could be filtered there. */
export async function createTap(outsidePid: number): Promise<Tap> {
  const program = path.join(import.meta.dirname, '..', 'outside', 'tap.py')
  const child = spawn('nsenter', ['-t', String(outsidePid), '-n', '/usr/bin/python3', program, 'out0', JOB.v4], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const frames: Frame[] = []
  const waiting = new Map<string, () => void>()
  const parse = createParser((bytes) => {
    const frame = parseFrame(bytes)
    frames.push(frame)
    if (frame.bytes.readUInt16BE(12) === 0x0806) waiting.get(frame.target)?.()
  })
  child.stdout.on('data', parse)
  await once(child.stdout, 'data')
  let sender = FIRST_SENDER
  return {
    frames: async () => {
      sender = sender === LAST_SENDER ? FIRST_SENDER : sender + 1
      const seen = new Promise<void>((resolve) => waiting.set(`10.1.0.${sender}`, resolve))
      child.stdin.write(`${sender}\n`)
      await withLimit(seen, child)
      return frames
    },
    close: () => void child.stdin.end(),
  }
}

async function withLimit(seen: Promise<void>, child: ChildProcess): Promise<void> {
  const limit = AbortSignal.timeout(30_000)
  const late = once(limit, 'abort').then(() => {
    throw new Error(`The tap does not answer; its process has ended with ${child.exitCode}.`)
  })
  await Promise.race([seen, late])
}

/** Cuts the stream into frames; the first, empty one only says that the tap listens. */
function createParser(take: (bytes: Buffer) => void): (chunk: Buffer) => void {
  let held = Buffer.alloc(0)
  return (chunk) => {
    held = Buffer.concat([held, chunk])
    while (held.length >= 4 && held.length >= 4 + held.readUInt32BE(0)) {
      const size = held.readUInt32BE(0)
      if (size > 0) take(Buffer.from(held.subarray(4, 4 + size)))
      held = held.subarray(4 + size)
    }
  }
}

const ETHER = { v4: 0x0800, arp: 0x0806, v6: 0x86dd }

function parseFrame(bytes: Buffer): Frame {
  const type = bytes.readUInt16BE(12)
  if (type === ETHER.arp) return { bytes, target: renderV4(bytes, 38), isForNameServer: false }
  if (type === ETHER.v4 && bytes.length >= 34) {
    const header = ((bytes[14] ?? 0) & 15) * 4
    return {
      bytes,
      target: renderV4(bytes, 30),
      isForNameServer: isDns(bytes, { protocol: bytes[23], at: 14 + header }),
    }
  }
  if (type === ETHER.v6 && bytes.length >= 54) {
    // A neighbour solicitation asks for the address in its body.
    const isSolicitation = bytes[20] === 58 && bytes[54] === 135
    const target = renderV6(bytes, isSolicitation ? 62 : 38)
    return { bytes, target, isForNameServer: isDns(bytes, { protocol: bytes[20], at: 54 }) }
  }
  return { bytes, target: '', isForNameServer: false }
}

function isDns(bytes: Buffer, { protocol, at }: { protocol: number | undefined; at: number }): boolean {
  return (protocol === 17 || protocol === 6) && bytes.length >= at + 4 && bytes.readUInt16BE(at + 2) === 53
}

const renderV4 = (bytes: Buffer, at: number): string => [...bytes.subarray(at, at + 4)].join('.')

function renderV6(bytes: Buffer, at: number): string {
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(at + 2 * index).toString(16))
  return canonicalAddress(groups.join(':'))
}

/** One spelling for each address. */
export function canonicalAddress(address: string): string {
  return isIP(address) === 6 ? new URL(`http://[${address}]/`).hostname.slice(1, -1) : address
}
