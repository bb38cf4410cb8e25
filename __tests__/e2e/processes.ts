import { readdirSync, readFileSync } from 'node:fs'

export interface SeenProcess {
  readonly pid: number
  readonly parent: number
  readonly command: string
}

/** Every process of this PID namespace but zombies: those have ended and wait for their parent. */
export function listProcesses(): readonly SeenProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
        const [state = '', parent = ''] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
        return state === 'Z' ? [] : [{ pid: Number(name), parent: Number(parent), command }]
      } catch {
        return [] // ended while we looked
      }
    })
}

export interface SidecarProcesses {
  readonly supervisor: SeenProcess | undefined
  readonly workers: readonly SeenProcess[]
}

/** The supervisor is the one process that runs the sidecar bundle and is nobody's child there; the rest are its children. */
export function findSidecar(): SidecarProcesses {
  const all = listProcesses()
  const supervisor = all.find(({ command }) => /dist\/sidecar\/index\.js/.test(command))
  return { supervisor, workers: all.filter(({ parent }) => parent === supervisor?.pid) }
}

/** Ends whatever a scenario left behind, and waits for it. Everything in this PID namespace was started by this run. */
export async function endLeftovers(keeper: number | null): Promise<void> {
  const own = new Set([1, process.pid, keeper])
  const findOthers = (): readonly SeenProcess[] => listProcesses().filter(({ pid }) => !own.has(pid))
  for (const { pid } of findOthers()) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
  await waitUntil(() => findOthers().length === 0, 'the end of all leftovers', 10_000)
}

/** TCP ports that anybody in this network namespace listens on, IPv4 and IPv6. */
export function listListeningPorts(): readonly number[] {
  const ports = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) =>
    readFileSync(table, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state]) => state === '0A')
      .map(([, local = '']) => Number.parseInt(local.split(':')[1] ?? '', 16)),
  )
  return [...new Set(ports)]
}

/** Resolves as soon as the condition holds; throws after `limitMs` with what was waited for. */
export async function waitUntil(condition: () => boolean, what: string, limitMs: number): Promise<number> {
  const start = performance.now()
  while (!condition()) {
    if (performance.now() - start > limitMs) throw new Error(`${what} did not happen within ${limitMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return performance.now() - start
}
