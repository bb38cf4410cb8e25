import { execFileSync } from 'node:child_process'
import { connect } from 'node:net'

const LONGEST_MS = 5000
const PAUSE_MS = 20

/**
 * Resolves when a port of loopback accepts, for a program that does not say when it is ready.
 * @param namespace process whose network it is, when it is not ours.
 */
export async function waitForPort(port: number, namespace?: string): Promise<void> {
  const giveUpAt = performance.now() + LONGEST_MS
  while (!(await (namespace === undefined ? isOpen(port) : isListed(port, namespace)))) {
    if (performance.now() > giveUpAt) throw new Error(`Nothing listens on port ${port}; see the log of the program`)
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

function isListed(port: number, namespace: string): boolean {
  const table = execFileSync('cat', [`/proc/${namespace}/net/tcp`], { encoding: 'latin1' })
  return table.includes(`:${port.toString(16).toUpperCase().padStart(4, '0')} 00000000:0000 0A`)
}
