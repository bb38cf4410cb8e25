import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync, statSync } from 'node:fs'
import path from 'node:path'
import { text } from 'node:stream/consumers'

/**
 * What an attacker of the job's own user can read: environment, command line and memory of every process, and every file
 * below some directories. Takes the needles on stdin, so that none stands in an argument; prints where each was found.
 */
export interface ScanOrder {
  readonly needles: readonly { readonly name: string; readonly value: string }[]
  readonly directories: readonly string[]
  /** Processes that hold the secrets by their nature (the runner itself) and are left out. */
  readonly exclude: readonly number[]
}

export interface ScanResult {
  readonly found: readonly string[]
  /** Processes whose memory could be read, and those that refused. */
  readonly readable: readonly number[]
  readonly refused: readonly number[]
  readonly files: number
}

const LARGEST_FILE = 64 * 1024 * 1024
const PIECE = 4 * 1024 * 1024

const order = JSON.parse(await text(process.stdin)) as ScanOrder
const needles = order.needles.map(({ name, value }) => ({ name, bytes: Buffer.from(value) }))
const longest = Math.max(...needles.map(({ bytes }) => bytes.length))
const found = new Set<string>()
const readable: number[] = []
const refused: number[] = []
let files = 0

function search(bytes: Buffer, where: string): void {
  for (const needle of needles) if (bytes.includes(needle.bytes)) found.add(`${needle.name} in ${where}`)
}

function attempt(read: () => void): boolean {
  try {
    read()
    return true
  } catch {
    return false
  }
}

function scanProcess(pid: number): void {
  for (const file of ['environ', 'cmdline']) {
    attempt(() => search(readFileSync(`/proc/${pid}/${file}`), `/proc/${pid}/${file}`))
  }
  attempt(() => search(Buffer.from(readlinkSync(`/proc/${pid}/cwd`)), `/proc/${pid}/cwd`))
  attempt(() => {
    for (const fd of readdirSync(`/proc/${pid}/fd`)) scanFile(`/proc/${pid}/fd/${fd}`)
  })
  ;(attempt(() => scanMemory(pid)) ? readable : refused).push(pid)
}

function scanMemory(pid: number): void {
  const maps = readFileSync(`/proc/${pid}/maps`, 'utf8')
  const memory = openSync(`/proc/${pid}/mem`, 'r')
  const areas = [...maps.matchAll(/^([0-9a-f]+)-([0-9a-f]+) r.*$/gm)].filter(([line]) => !line.endsWith('[vvar]'))
  for (const [, from = '', to = ''] of areas) {
    attempt(() => scanArea(memory, pid, [Number.parseInt(from, 16), Number.parseInt(to, 16)]))
  }
  closeSync(memory)
}

// Pieces overlap by the longest needle, so that none is missed between two.
function scanArea(memory: number, pid: number, [from, to]: readonly [number, number]): void {
  const buffer = Buffer.alloc(PIECE)
  for (let at = from; at < to; at += PIECE - longest) {
    const length = readSync(memory, buffer, 0, Math.min(PIECE, to - at), at)
    search(buffer.subarray(0, length), `/proc/${pid}/mem`)
  }
}

function scanFile(file: string): void {
  const { size } = statSync(file)
  if (!statSync(file).isFile() || size > LARGEST_FILE) return
  search(readFileSync(file), file)
  files += 1
}

function scanDirectory(directory: string): void {
  attempt(() => {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      const name = path.join(directory, entry.name)
      if (entry.isDirectory()) scanDirectory(name)
      else if (entry.isFile()) attempt(() => scanFile(name))
    }
  })
}

const skip = new Set([process.pid, ...order.exclude])
const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
for (const pid of pids.map(Number)) if (!skip.has(pid)) scanProcess(pid)
for (const directory of order.directories) scanDirectory(directory)
const result: ScanResult = { found: [...found], readable, refused, files }
process.stdout.write(JSON.stringify(result))
