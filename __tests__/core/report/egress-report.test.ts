import { describe, expect, test } from '@jest/globals'
import { deriveEgressReport } from '../../../src/core/report/egress-report.ts'
import { parseEgressEvent } from '../../../src/core/report/parse-egress-event.ts'
import { BLOCKED, egressReportOf } from './egress-event.ts'

describe('deriveEgressReport()', () => {
  test('counts by host, port, protocol, program and reason; packets of the rules stand beside connections of the relay', () => {
    const report = egressReportOf(
      { pid: 1 },
      { pid: 2, time: '2026-01-01T00:00:09.000Z' },
      { program: '/usr/bin/node' },
      { protocol: 'udp', host: null, address: '192.0.2.1', reason: 'protocol-not-allowed', count: 7 },
      { verdict: 'allowed', host: 'github.com', bytesIn: 100 },
      { verdict: 'allowed', host: 'github.com', bytesIn: 50 },
      { verdict: 'failed', host: 'gone.example', failure: 'ENOTFOUND' },
      { verdict: 'would-block', host: 'audited.example' },
    )
    expect(report.totals).toEqual({ allowed: 2, blocked: 10, 'would-block': 1, failed: 1, cut: 0 })
    expect(report.blocked.map(({ host, address, count }) => [host ?? address, count])).toEqual([
      ['192.0.2.1', 7],
      ['evil.example', 2],
      ['evil.example', 1],
      ['audited.example', 1],
    ])
    expect(report.blocked[1]).toEqual({
      ...BLOCKED,
      time: '2026-01-01T00:00:09.000Z',
      pid: null,
      count: 2,
      bytesOut: 1034,
    })
    expect(report.allowed).toEqual([expect.objectContaining({ host: 'github.com', count: 2, bytesIn: 150 })])
    expect(report.failed).toEqual([expect.objectContaining({ failure: 'ENOTFOUND' })])
    expect(report.isTruncated).toBe(false)
  })

  test('packets of connections from before the start are no attempts; a container’s are', () => {
    const tcp = { protocol: 'tcp', reason: 'protocol-not-allowed', host: null, address: '192.0.2.1', count: 4 } as const
    const report = egressReportOf(
      tcp,
      { ...tcp, verdict: 'would-block' },
      { ...tcp, uid: null },
      { ...tcp, reason: 'not-allowed' },
    )
    expect(report.totals).toEqual({ allowed: 0, blocked: 8, 'would-block': 0, failed: 0, cut: 8 })
    expect(report.cut).toHaveLength(1)
  })

  test('lifecycle lines count restarts and lost lines; what is no event is a lost line', () => {
    const report = deriveEgressReport([
      '{"kind":"lifecycle","time":"","what":"started"}',
      '{"kind":"lifecycle","time":"","what":"relay-restarted"}',
      '{"kind":"lifecycle","time":"","what":"log-incomplete","lines":3}',
      JSON.stringify(BLOCKED).slice(0, -5),
      '',
    ])
    expect(report).toMatchObject({ relayRestarts: 1, lostLines: 4, blocked: [] })
  })

  test('a scan of more destinations than are kept is counted in full and kept in part', () => {
    const ports = Array.from({ length: 5000 }, (_, port) => ({ port }))
    const report = egressReportOf(...ports)
    expect(report.totals.blocked).toBe(5000)
    expect(report.blocked).toHaveLength(2000)
    expect(report.isTruncated).toBe(true)
  })
})

describe('parseEgressEvent()', () => {
  test('an event that was written is read as it is', () => {
    expect(parseEgressEvent(JSON.stringify({ ...BLOCKED, rule: '!evil.example', count: 2 }))).toEqual({
      ...BLOCKED,
      rule: '!evil.example',
      count: 2,
    })
  })

  test.each([
    'null',
    '7',
    '[]',
    '{"kind":"request"}',
    '{"kind":"lifecycle","what":"exploded"}',
    JSON.stringify({ ...BLOCKED, verdict: 'fine' }),
    JSON.stringify({ ...BLOCKED, protocol: '__proto__' }),
    JSON.stringify({ ...BLOCKED, host: 'a'.repeat(20_000) }),
    '{"kind":"egress",',
  ])('is undefined for %.60s', (line) => {
    expect(parseEgressEvent(line)).toBeUndefined()
  })

  test('fields that make no sense are dropped, texts are cut', () => {
    const odd = {
      host: { toString: 'x' },
      port: -1,
      address: 5,
      reason: 'because',
      failure: [],
      uid: '0',
      pid: Infinity,
    }
    const line = JSON.stringify({ ...BLOCKED, ...odd, program: 'p'.repeat(1000), bytesIn: 1e300, count: 0 })
    expect(parseEgressEvent(line)).toEqual({
      kind: 'egress',
      time: BLOCKED.time,
      verdict: 'blocked',
      protocol: 'tls',
      host: null,
      port: null,
      address: null,
      uid: null,
      pid: null,
      program: 'p'.repeat(300),
      bytesOut: 517,
      bytesIn: 0,
      ms: 3,
    })
  })
})
