import { describe, expect, test } from '@jest/globals'
import { readHttpRequest } from '../../../src/core/egress-wire/http-request.ts'

describe('readHttpRequest()', () => {
  test.each([
    ['0', false],
    ['00', false],
    ['03', true],
    ['3', true],
  ])('a Content-Length of %s announces a body: %s', (length, hasBody) => {
    const raw = {
      method: 'POST',
      target: '/',
      version: '1.1',
      rawHeaders: ['Host', 'h.example', 'Content-Length', length],
    }
    expect(readHttpRequest(raw, { port: 80, name: null })).toMatchObject({ kind: 'request', hasBody })
  })

  test.each([
    ['keep-alive,\tUpgrade', true],
    ['keep-alive,\xa0upgrade', false],
  ])('a Connection of %j asks for an upgrade: %s', (connection, isUpgrade) => {
    const rawHeaders = ['Host', 'h.example', 'Connection', connection, 'Upgrade', 'websocket']
    const raw = { method: 'GET', target: '/', version: '1.1', rawHeaders }
    expect(readHttpRequest(raw, { port: 80, name: null })).toMatchObject({ kind: 'request', isUpgrade })
  })
})
