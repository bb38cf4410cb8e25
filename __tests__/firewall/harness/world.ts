import { rmSync } from 'node:fs'
import { type Evidence, readHeard } from './evidence.ts'
import { connectMachine, createMachine, type Machine, type Running, startDaemons } from './machine.ts'
import { createOutside, type Outside } from './outside.ts'
import { createStage } from './stage.ts'
import { createTap } from './tap.ts'

/** Machine, outside and the wire between them with the tap on it. */
export interface World {
  readonly stage: string
  readonly machine: Machine
  readonly outside: Outside
  /** Stands for Runner.Worker: what the job lives as long as. */
  readonly startRunner: () => Promise<RunnerProcess>
  readonly evidence: () => Promise<Evidence>
  readonly close: () => Promise<void>
}

export interface RunnerProcess {
  /** As seen inside the machine. */
  readonly pid: number
  readonly startTime: string
  readonly running: Running
}

export async function createWorld(): Promise<World> {
  const stage = createStage()
  const machine = await createMachine(stage)
  const outside = await createOutside(machine.pid, stage)
  await connectMachine(machine)
  await startDaemons(machine)
  await machine.root('mkdir -p /home/runner/work && chown 1001:1001 /home/runner/work')
  const tap = await createTap(outside.pid)
  return {
    stage,
    machine,
    outside,
    startRunner: () => startRunner(machine),
    evidence: async () => ({
      frames: await tap.frames(),
      receipts: await outside.receipts(),
      heard: readHeard(machine.pid),
    }),
    close: async () => {
      tap.close()
      outside.close()
      await machine.close()
      rmSync(stage, { recursive: true, force: true })
    },
  }
}

async function startRunner(machine: Machine): Promise<RunnerProcess> {
  const line = 'echo "pid $$ $(sed "s/.*) //" /proc/$$/stat | cut -d" " -f20) end"; exec -a Runner.Worker sleep 100000'
  const running = machine.start(['bash', '-c', line], { user: 'runner', environment: {} })
  await running.says(' end')
  const [, pid = '', startTime = ''] = /pid (\d+) (\d+) end/.exec(running.output()) ?? []
  return { pid: Number(pid), startTime, running }
}
