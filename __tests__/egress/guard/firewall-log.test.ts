import { describe, expect, it } from '@jest/globals'
import type { EgressEvent } from '../../../src/core/egress-event.ts'
import { EventRecorder } from '../../../src/egress/guard/event-recorder.ts'
import { FirewallLog } from '../../../src/egress/guard/firewall-log.ts'
import { type Holder, ProcessFinder } from '../../../src/egress/guard/process-finder.ts'

const event = (host: string): EgressEvent => ({
  kind: 'egress',
  time: 'now',
  verdict: 'blocked',
  protocol: 'tls',
  host,
  port: 443,
  address: null,
  uid: 1001,
  pid: null,
  program: null,
  bytesOut: 0,
  bytesIn: 0,
  ms: 1,
})

/** A file that takes only so many bytes until `limit` is raised. */
class FakeDisk {
  text = ''
  limit = Number.POSITIVE_INFINITY
  readonly file = {
    append: (bytes: Buffer) => {
      const room = Math.max(0, this.limit - this.text.length)
      if (room === 0) throw Object.assign(new Error('full'), { code: 'ENOSPC' })
      const written = bytes.subarray(0, room)
      this.text += written.toString()
      return written.length
    },
    truncate: (size: number) => {
      this.text = this.text.slice(0, size)
    },
    close: () => undefined,
  }

  get lines(): readonly Record<string, unknown>[] {
    return this.text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]))
  }
}

const create = (disk: FakeDisk, maxBytes = 1_000_000): FirewallLog =>
  new FirewallLog({ file: disk.file, maxBytes, now: () => 'now' })

describe('FirewallLog', () => {
  it('survives a full disk, and says how many lines are missing once there is room', () => {
    const disk = new FakeDisk()
    const log = create(disk)
    log.append(event('a.example'))
    disk.limit = disk.text.length + 10
    for (const host of ['b.example', 'c.example']) log.append(event(host))
    disk.limit = Number.POSITIVE_INFINITY
    log.append(event('d.example'))
    expect(disk.lines).toEqual([
      event('a.example'),
      { kind: 'lifecycle', time: 'now', what: 'log-incomplete', lines: 2 },
      event('d.example'),
    ])
  })

  it('stays within its size, with room for what is said at the end', () => {
    const disk = new FakeDisk()
    const log = create(disk, 10_000)
    for (let count = 0; count < 1000; count += 1) log.append(event('a.example'))
    log.append({ kind: 'lifecycle', time: 'now', what: 'stopped' })
    log.close()
    expect(disk.text.length).toBeLessThanOrEqual(10_000)
    expect(disk.lines.at(-1)).toMatchObject({ what: 'stopped' })
    const told = disk.lines.filter(({ what }) => what === 'log-incomplete').map(({ lines }) => Number(lines))
    const lost = told.reduce((sum, lines) => sum + lines, 0)
    expect(lost).toBeGreaterThan(0)
    expect(disk.lines.filter(({ kind }) => kind === 'egress')).toHaveLength(1000 - lost)
  })
})

/** Processes as a table: pid → owner, open sockets. */
function createFinder(processes: Map<number, { uid: number; sockets: number[] }>): {
  finder: ProcessFinder
  searched: number[]
} {
  const searched: number[] = []
  const finder = new ProcessFinder({
    listPids: () => [...processes.keys()],
    ownerOf: (pid) => processes.get(pid)?.uid,
    listDescriptors: (pid) => {
      searched.push(pid)
      return ['/dev/null', ...(processes.get(pid)?.sockets ?? []).map((inode) => `socket:[${inode}]`)]
    },
    programOf: (pid) => (processes.has(pid) ? `/bin/${pid}` : null),
  })
  return { finder, searched }
}

describe('ProcessFinder.find()', () => {
  it('finds the process that holds a socket, and nobody for a socket that is closed', () => {
    const { finder } = createFinder(new Map([[10, { uid: 1001, sockets: [7, 8] }]]))
    expect(finder.find(7, 1001)).toEqual({ pid: 10, program: '/bin/10' })
    expect(finder.find(9, 1001)).toBeUndefined()
  })

  it('searches once for the many connections of one program', () => {
    const { finder, searched } = createFinder(new Map([[10, { uid: 1001, sockets: [7, 8, 9] }]]))
    for (const inode of [7, 8, 9]) finder.find(inode, 1001)
    expect(searched).toEqual([10])
  })

  it('still knows a program that has ended meanwhile', () => {
    const processes = new Map([[10, { uid: 1001, sockets: [7] }]])
    const { finder } = createFinder(processes)
    finder.find(7, null)
    processes.clear()
    expect(finder.find(7, 1001)).toEqual({ pid: 10, program: '/bin/10' })
  })

  it('does not take a number for the same socket after it was forgotten', () => {
    const processes = new Map([[10, { uid: 1001, sockets: [7] }]])
    const { finder } = createFinder(processes)
    finder.find(7, null)
    finder.forget(7)
    processes.clear()
    expect(finder.find(7, 1001)).toBeUndefined()
  })

  it('searches processes of the owner only', () => {
    const { finder, searched } = createFinder(
      new Map([
        [10, { uid: 1001, sockets: [7] }],
        [11, { uid: 0, sockets: [] }],
      ]),
    )
    finder.find(7, 1001)
    expect(searched).toEqual([10])
  })
})

describe('EventRecorder', () => {
  const create = (holder: Holder | undefined) => {
    const lines: unknown[] = []
    const recorder = new EventRecorder({
      append: (line) => lines.push(line),
      find: () => holder,
      forget: () => undefined,
      now: () => 'now',
      isOwn: ({ host }) => host === 'own.example',
    })
    return { recorder, lines }
  }

  it('completes an event with the program that root can see', () => {
    const { recorder, lines } = create({ pid: 10, program: '/bin/curl' })
    recorder.onEvent({ kind: 'event', event: event('a.example'), inode: 7 })
    expect(lines).toEqual([{ ...event('a.example'), pid: 10, program: '/bin/curl' }])
  })

  it('leaves an event as it is when nobody holds the socket, or none is named', () => {
    const { recorder, lines } = create(undefined)
    recorder.onEvent({ kind: 'event', event: event('a.example'), inode: 7 })
    recorder.onEvent({ kind: 'event', event: event('b.example'), inode: null })
    expect(lines).toEqual([event('a.example'), event('b.example')])
  })

  it('says nothing of its own proof', () => {
    const { recorder, lines } = create(undefined)
    recorder.onEvent({ kind: 'event', event: event('own.example'), inode: null })
    recorder.onDropped([event('own.example')])
    expect(lines).toEqual([])
  })
})
