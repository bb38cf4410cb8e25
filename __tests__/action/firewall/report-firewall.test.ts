import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { copyLogs } from '../../../src/action/firewall/report-firewall.ts'
import type { FirewallState } from '../../../src/action/state.ts'

let directory = ''

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'report-firewall-'))
  mkdirSync(join(directory, 'logs'))
})

afterEach(() => rmSync(directory, { recursive: true, force: true }))

function copy(...logs: readonly string[]): Promise<void> {
  for (const name of logs) writeFileSync(join(directory, 'logs', name), '')
  const logPath = join(directory, 'logs', 'firewall.jsonl')
  const state: Partial<FirewallState> = { copyLogsTo: join(directory, 'wanted'), logPath }
  return copyLogs(state as FirewallState, join(directory, 'logs'))
}

const copied = (): string[] => readdirSync(join(directory, 'wanted')).sort()

describe('copyLogs()', () => {
  it('copies all of them', async () => {
    await copy('access.jsonl', 'sidecar.log', 'firewall.jsonl')
    expect(copied()).toEqual(['access.jsonl', 'firewall.jsonl', 'sidecar.log'])
  })

  it('copies those that are there, and names those that are not', async () => {
    await expect(copy('firewall.jsonl')).rejects.toThrow(/ENOENT.*access\.jsonl.*; .*ENOENT.*sidecar\.log/)
    expect(copied()).toEqual(['firewall.jsonl'])
  })
})
