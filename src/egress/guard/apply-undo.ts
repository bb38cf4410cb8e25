import { rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { GuardFailure } from './guard-failure.ts'
import { countMounts } from './mounts.ts'
import { restoreAccess } from './pinned-file.ts'
import { isAlive, type ProcessIdentity } from './process-identity.ts'
import { describeError, runOrFail, runTool } from './run-tool.ts'
import type { UndoStep } from './undo-step.ts'

const POLL_MS = 5
const KILL_MS = 2000

/** Takes one step back. What is gone already is fine; rejects when something is left. */
export async function applyUndo(step: UndoStep): Promise<void> {
  switch (step.kind) {
    case 'process':
      return endStranger(step)
    case 'rules':
      await runOrFail('The rule set could not be removed', ['nft', '-f', '-'], { input: step.text })
      return
    case 'route':
      return deleteRoute(step.remove)
    case 'file':
      rmSync(step.path, { force: true })
      return
    case 'directory':
      return removeEmptyDirectory(step.path)
    case 'tree':
      rmSync(step.path, { recursive: true, force: true })
      return
    case 'access':
      restoreAccess(step)
      return
    case 'mount':
      return unmount(step.path, step.below)
    case 'setting':
      writeFileSync(step.path, step.value)
  }
}

/** A process that an earlier guard started: killed, because that guard can no longer ask it. Only if it is still that one. */
async function endStranger(identity: ProcessIdentity): Promise<void> {
  const deadline = performance.now() + KILL_MS
  while (isAlive(identity)) {
    if (performance.now() > deadline) throw new GuardFailure(`Process ${identity.pid} could not be ended.`)
    try {
      process.kill(identity.pid, 'SIGKILL')
    } catch {
      return
    }
    await pause(POLL_MS)
  }
}

async function deleteRoute(words: readonly string[]): Promise<void> {
  const { status, stderr } = await runTool(['ip', ...words])
  if (status === 0 || /No such process|Cannot find device/.test(stderr)) return
  throw new GuardFailure(`The route could not be removed: ${describeError(stderr)}.`)
}

/** Lazily: a program that still runs from below must not keep a directory read-only for everybody. */
async function unmount(path: string, below: number): Promise<void> {
  while (countMounts(path) > below) {
    await runOrFail(`${path} could not be unmounted`, ['umount', '--lazy', path])
  }
}

function removeEmptyDirectory(path: string): void {
  try {
    rmdirSync(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT' && code !== 'ENOTEMPTY') throw error
  }
}
