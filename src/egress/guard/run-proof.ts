import { createSocket } from 'node:dgram'
import { connect } from 'node:net'
import { isMadeUp, PROOF_ADDRESS, PROOF_NAME, PROOF_PORT, renderQuestion } from './made-up-answer.ts'

/** What happened to three attempts of the runner's user. */
export interface Proof {
  /** A question to nobody's server was answered with an address of ours. */
  readonly isDnsOurs: boolean
  /** A connection to an address that was given to no name came to an end at once. */
  readonly isTcpRefused: boolean
  /** A datagram was refused. */
  readonly isUdpRefused: boolean
}

const LIMIT_MS = 3000
const RETRY_MS = 200
const ID = 0x5a17

/**
 * Runs as the runner's user once everything is locked: what must be refused is tried and is refused. Without the rules each attempt
 * ends in silence, because the addresses are nobody's.
 */
export async function runProof(): Promise<Proof> {
  const [isDnsOurs, isTcpRefused, isUdpRefused] = await Promise.all([askName(), tryTcp(), tryUdp()])
  return { isDnsOurs, isTcpRefused, isUdpRefused }
}

function askName(): Promise<boolean> {
  const question = renderQuestion(ID, PROOF_NAME)
  return overUdp(53, (socket, settle) => {
    socket.on('message', (message) => settle(isMadeUp(message, ID)))
    return () => socket.send(question, () => undefined)
  })
}

/** A refusal is told by the kernel: at once, or by the error that came back for the datagram before. */
function tryUdp(): Promise<boolean> {
  return overUdp(PROOF_PORT, (socket, settle) => {
    const onError = (error: Error | null): void => {
      if (error !== null) settle(true)
    }
    socket.on('error', onError)
    return () => socket.send(Buffer.from('x'), onError)
  })
}

type Socket = ReturnType<typeof createSocket>

function overUdp(
  port: number,
  begin: (socket: Socket, settle: (result: boolean) => void) => () => void,
): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = createSocket('udp4')
  const timers: NodeJS.Timeout[] = []
  const settle = (result: boolean): void => {
    for (const timer of timers) clearTimeout(timer)
    resolve(result)
  }
  socket.on('error', () => undefined)
  timers.push(setTimeout(() => settle(false), LIMIT_MS))
  socket.connect(port, PROOF_ADDRESS, () => {
    const send = begin(socket, settle)
    send()
    timers.push(setInterval(send, RETRY_MS))
  })
  return promise.finally(() => socket.close())
}

function tryTcp(): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect({ host: PROOF_ADDRESS, port: PROOF_PORT })
  socket.setTimeout(LIMIT_MS, () => {
    resolve(false)
    socket.destroy()
  })
  socket.on('error', (error: NodeJS.ErrnoException) =>
    resolve(error.code !== 'ENETUNREACH' && error.code !== 'ETIMEDOUT'),
  )
  socket.on('data', () => resolve(false))
  socket.on('close', () => resolve(true))
  return promise.finally(() => socket.destroy())
}
