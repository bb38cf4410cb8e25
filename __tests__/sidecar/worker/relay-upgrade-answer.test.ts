import { once } from 'node:events'
import { request } from 'node:http'
import { Socket } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import type { Outcome } from '../../../src/core/events.ts'
import type { Call } from '../../../src/sidecar/worker/call.ts'
import { relayUpgradeAnswer } from '../../../src/sidecar/worker/relay-upgrade-answer.ts'
import { createScriptedUpstream } from '../../support/scripted-upstream.ts'

describe('relayUpgradeAnswer()', () => {
  test.each([
    ['as it is', { kind: 'pass' }],
    ['packed', { kind: 'decode', codings: ['gzip'] }],
  ] as const)('ends with an answer (%s) that was cut before anybody listened', async (_name, plan) => {
    await using upstream = await createScriptedUpstream({
      request: (_request, response) => {
        response.writeHead(401, { 'content-length': 100 }).write('part', () => response.destroy())
      },
    })
    const asked = request(upstream.origin, { agent: false }).on('error', () => undefined)
    asked.end()
    const [response] = await once(asked, 'response')
    await new Promise((resolve) => response.on('error', () => undefined).once('close', resolve))
    const ended = Promise.withResolvers<Outcome>()
    const socket = new Socket().on('error', () => undefined)
    const call = { bytesOut: 0 } as Call
    relayUpgradeAnswer({ call, socket, response, needles: undefined, onEnd: ended.resolve }, plan)
    expect(await ended.promise).toBe('upstream-cut')
    expect([call.status, socket.destroyed]).toEqual([401, true])
  })
})
