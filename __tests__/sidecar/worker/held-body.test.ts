import type { Socket } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import { ClientRequest } from '../../../src/sidecar/worker/client/client-request.ts'
import { parseRequestHead } from '../../../src/sidecar/worker/client/request-head.ts'
import { HeldBody } from '../../../src/sidecar/worker/held-body.ts'
import { type RequestBody, readRequestBody } from '../../../src/sidecar/worker/request-body.ts'

/** A request with a body, whose connection says when it is paused and resumed. */
function createRequest(head: string): { readonly request: ClientRequest; readonly calls: string[] } {
  const calls: string[] = []
  const parsed = parseRequestHead(`POST /v1/x HTTP/1.1\r\nhost: 127.0.0.1\r\n${head}`, new Set(['POST']))
  const request = new ClientRequest(parsed, {
    socket: {} as Socket,
    pauseBody: () => calls.push('pause'),
    resumeBody: () => calls.push('resume'),
    sendContinue: () => undefined,
  })
  return { request, calls }
}

/** As the connection does it, at whatever time. */
function arrive(request: ClientRequest, bytes: Buffer, isLast: boolean): void {
  request.receiver?.onData(bytes)
  // The buffer of the connection is used again.
  bytes.fill(0)
  if (!isLast) return
  request.isComplete = true
  request.receiver?.onEnd()
}

function readBody(request: ClientRequest, mustHold = false): Promise<RequestBody | 'too-large'> {
  return new Promise((resolve) => readRequestBody(request, { keepBytes: 1024, mustHold }, resolve))
}

describe('HeldBody', () => {
  test.each([
    ['of known length', 'content-length: 5', false],
    ['that must be held for a signature', 'transfer-encoding: chunked', true],
  ])('gives a body %s as if it came afterwards, wherever it was cut', async (_name, head, mustHold) => {
    for (let cut = 0; cut <= 5; cut += 1) {
      const { request } = createRequest(head)
      const held = new HeldBody(request)
      if (cut > 0) arrive(request, Buffer.from('hello').subarray(0, cut), cut === 5)
      const body = readBody(request, mustHold)
      held.release()
      if (cut < 5) arrive(request, Buffer.from('hello').subarray(cut), true)
      expect(String(await body)).toBe('hello')
    }
  })

  test('an upload that is attached at once does not end before what was held', async () => {
    const { request } = createRequest('transfer-encoding: chunked')
    const held = new HeldBody(request)
    arrive(request, Buffer.from('hello'), true)
    const body = await readBody(request)
    const seen: string[] = []
    if (body === 'too-large' || body === null || Buffer.isBuffer(body)) throw new Error('not an upload')
    body.attach({
      onData: (bytes) => seen.push(String(bytes)),
      onEnd: () => seen.push('end'),
      onError: () => undefined,
    })
    held.release()
    expect(seen).toEqual(['hello', 'end'])
  })

  test('pauses the connection while it holds, and lets it go on', () => {
    const { request, calls } = createRequest('content-length: 9')
    const held = new HeldBody(request)
    arrive(request, Buffer.from('hello'), false)
    void readBody(request)
    held.release()
    expect(calls).toEqual(['pause', 'resume'])
  })

  test('a body that nobody will read leaves the request as complete as it is', () => {
    for (const isLast of [true, false]) {
      const { request } = createRequest('content-length: 5')
      const held = new HeldBody(request)
      arrive(request, Buffer.from('hello'), isLast)
      held.drop()
      expect([request.isComplete, request.receiver]).toEqual([isLast, undefined])
    }
  })
})
