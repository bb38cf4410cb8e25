import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type RelayRequest, startRelay } from '../../../src/action/firewall/start-relay.ts'
import { isActionError } from '../../../src/core/fault.ts'

let directory = ''

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'start-relay-'))
})

afterEach(() => rmSync(directory, { recursive: true, force: true }))

async function findFailure(changes: Partial<RelayRequest>): Promise<unknown> {
  const request = {
    ...{ config: {}, node: process.execPath, relayPath: '/r', keeperPath: '/k', logDirectory: directory },
    ...{ environment: {}, cancelled: new AbortController().signal },
  } as unknown as RelayRequest
  return startRelay({ ...request, ...changes }).catch((error: unknown) => error)
}

function listOpen(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)]
    } catch {
      return []
    }
  })
}

describe('startRelay(): an ActionError says', () => {
  it.each(['firewall.jsonl', 'relay.log'])('that %s is there already, and no file stays open', async (name) => {
    writeFileSync(join(directory, name), 'old')
    const error = await findFailure({})
    expect(isActionError(error)).toBe(true)
    expect(String(error)).toContain('EEXIST')
    if (process.platform === 'linux') expect(listOpen().filter((path) => path.startsWith(directory))).toEqual([])
  })

  it('that the logs have no directory', async () => {
    const error = await findFailure({ logDirectory: join(directory, 'gone') })
    expect(isActionError(error)).toBe(true)
  })

  it('that its node cannot be run', async () => {
    mkdirSync(join(directory, 'logs'))
    const error = await findFailure({ logDirectory: join(directory, 'logs'), node: join(directory, 'no-node') })
    expect(isActionError(error)).toBe(true)
    expect(String(error)).toContain('ENOENT')
  })
})
