/** An address that the DNS answerer has given to nobody yet, and a name that nobody asks for. */
export const PROOF_ADDRESS = '198.19.255.254'
export const PROOF_NAME = 'proof.setup-agent-proxy.example'
/** discard: nothing listens there anywhere. */
export const PROOF_PORT = 9

const TYPE_A = 1
const HEADER_BYTES = 12

/** A question for the address of a name, as it goes over UDP. */
export function renderQuestion(id: number, name: string): Buffer {
  const labels = name.split('.').flatMap((label) => [Buffer.from([label.length]), Buffer.from(label, 'latin1')])
  const header = Buffer.from([id >> 8, id & 0xff, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0])
  return Buffer.concat([header, ...labels, Buffer.from([0, 0, TYPE_A, 0, 1])])
}

/** True for an answer to that question with an address out of 198.18.0.0/15: made up here, by nobody's server. */
export function isMadeUp(answer: Buffer, id: number): boolean {
  if (answer.length < HEADER_BYTES || answer.readUInt16BE(0) !== id || answer.readUInt16BE(6) === 0) return false
  // The question is repeated, then comes the first record: a name, type, class, lifetime, length, address.
  const at = skipName(answer, skipName(answer, HEADER_BYTES) + 4)
  if (at + 14 > answer.length || answer.readUInt16BE(at) !== TYPE_A) return false
  return answer[at + 10] === 198 && ((answer[at + 11] ?? 0) & 0xfe) === 18
}

function skipName(message: Buffer, from: number): number {
  let at = from
  for (;;) {
    const length = message[at] ?? 0
    if (length === 0) return at + 1
    // A pointer to a name that stood before ends it.
    if ((length & 0xc0) === 0xc0) return at + 2
    at += length + 1
  }
}
