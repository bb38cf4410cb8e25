/** What load, contenders and upstream must agree on. All of it is made up and worthless outside this bench. */
export const REAL_CREDENTIAL = 'sk-bench-Zk3v9QmT7xW1rYb5'
/** Name in the certificate; contenders dial it (it resolves to loopback everywhere). */
export const UPSTREAM_HOST = 'localhost'

const PAYLOAD_BYTES = 100
const MASK = Buffer.from([1, 2, 3, 4])

/** A masked text frame as clients send it, and its unmasked echo. The payload is JSON text as codex sends it. */
export const WEBSOCKET_REQUEST: Buffer = renderClientFrame()
export const WEBSOCKET_REQUEST_BYTES = WEBSOCKET_REQUEST.length
export const WEBSOCKET_REPLY: Buffer = Buffer.concat([Buffer.from([0x81, PAYLOAD_BYTES]), renderPayload()])

function renderPayload(): Buffer {
  return Buffer.from(`{"type":"bench","text":"`.padEnd(PAYLOAD_BYTES - 2, 'x').concat('"}'))
}

function renderClientFrame(): Buffer {
  const masked = renderPayload().map((byte, index) => byte ^ (MASK[index % 4] ?? 0))
  return Buffer.concat([Buffer.from([0x81, 0x80 | PAYLOAD_BYTES]), MASK, masked])
}
