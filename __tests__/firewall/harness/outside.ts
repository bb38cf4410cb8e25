import { spawn } from 'node:child_process'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { OutsideRequest, Receipt } from '../outside/receipt.ts'

type Unnumbered<Request> = Request extends unknown ? Omit<Request, 'id'> : never

/** The other side of the wire, as the suite sees it. */
export interface Outside {
  readonly pid: number
  readonly receipts: () => Promise<readonly Receipt[]>
  readonly connectIn: (kind: 'pull' | 'knock', address: string, port: number) => Promise<void>
  readonly close: () => void
}

/** Starts it in a network namespace of its own, and lays the wire to the machine. */
export async function createOutside(jobPid: number, directory: string): Promise<Outside> {
  const program = path.join(import.meta.dirname, '..', 'outside', 'main.ts')
  const args = ['--net', process.execPath, '--disable-warning=ExperimentalWarning', program, String(jobPid), directory]
  const child = spawn('unshare', args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const waiting = new Map<number, (value: unknown) => void>()
  let last = 0
  const expect = (id: number): Promise<unknown> =>
    new Promise((resolve, reject) => {
      waiting.set(id, resolve)
      child.once('exit', (code) => reject(new Error(`The outside has ended with ${code}.`)))
    })
  child.setMaxListeners(0)
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { id, value } = JSON.parse(line) as { readonly id: number; readonly value: unknown }
    waiting.get(id)?.(value)
  })
  await expect(0)
  const ask = (request: Unnumbered<OutsideRequest>): Promise<unknown> => {
    last += 1
    child.stdin.write(`${JSON.stringify({ ...request, id: last })}\n`)
    return expect(last)
  }
  return {
    pid: child.pid ?? 0,
    receipts: async () => (await ask({ kind: 'receipts' })) as readonly Receipt[],
    connectIn: async (kind, address, port) => void (await ask({ kind, address, port })),
    close: () => void child.stdin.end(),
  }
}
