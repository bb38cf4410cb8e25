import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { FirewallLogReader } from '../../../src/sidecar/supervisor/firewall-log-reader.ts'

const line = (host: string): string =>
  `${JSON.stringify({ kind: 'egress', verdict: 'blocked', protocol: 'tls', host, port: 443, address: null })}\n`

describe('FirewallLogReader', () => {
  let directory = ''
  let path = ''
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'agent-proxy-firewall-log-'))
    path = join(directory, 'firewall.jsonl')
  })
  afterEach(() => rmSync(directory, { recursive: true, force: true }))

  test('counts whole lines; the one that is being written waits', async () => {
    writeFileSync(path, line('a.example') + line('a.example') + line('b.example').slice(0, 40))
    const digest = await new FirewallLogReader(path).read()
    expect(digest?.blocked.map(({ host, count }) => [host, count])).toEqual([['a.example', 2]])
    expect(digest).toMatchObject({ totals: { blocked: 2 }, isPartial: false })
  })

  test('of a long log it reads the end and says so', async () => {
    writeFileSync(path, `${line('old.example')}${`${'{}'.padEnd(1023)}\n`.repeat(2048)}${line('new.example')}`)
    const digest = await new FirewallLogReader(path).read()
    expect(digest?.blocked.map(({ host }) => host)).toEqual(['new.example'])
    expect(digest?.isPartial).toBe(true)
  })

  test('asked twice within a second it reads once', async () => {
    writeFileSync(path, line('a.example'))
    const reader = new FirewallLogReader(path)
    const [first, second] = await Promise.all([reader.read(), reader.read()])
    writeFileSync(path, line('b.example'))
    expect([second, await reader.read()]).toEqual([first, first])
  })

  test('keeps at most 50 hosts', async () => {
    writeFileSync(path, Array.from({ length: 500 }, (_, index) => line(`h${index}.example`)).join(''))
    const digest = await new FirewallLogReader(path).read()
    expect([digest?.blocked.length, digest?.totals.blocked]).toEqual([50, 500])
  })

  test.each([
    ['no file', () => undefined],
    ['a link to another file', () => symlinkSync('/etc/hostname', path)],
    ['a pipe that nobody writes to', () => execFileSync('mkfifo', [path])],
    ['a directory in its place', () => (path = directory)],
  ])('%s gives nothing, and holds up nobody', async (_, prepare) => {
    prepare()
    expect(await new FirewallLogReader(path).read()).toBeNull()
  })
})
