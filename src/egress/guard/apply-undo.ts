import { rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { GuardFailure } from './guard-failure.ts'
import { listPids } from './list-pids.ts'
import { countMounts } from './mounts.ts'
import { restoreAccess } from './pinned-file.ts'
import { readStartTime } from './process-identity.ts'
import { describeError, runOrFail, runTool } from './run-tool.ts'
import type { UndoStep } from './undo-step.ts'

const POLL_MS = 5
const KILL_MS = 2000

/** Takes one step back. What is gone already is fine; rejects when something is left. */
export async function applyUndo(step: UndoStep): Promise<void> {
  switch (step.kind) {
    case 'user':
      return endProcessesOf(step.uid)
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

/**
 * Ends whatever still runs under a uid of ours: what a killed guard has left, and children of children. Killed, not asked: those that
 * are asked have been asked before. Nobody else can have such a uid.
 */
async function endProcessesOf(uid: number): Promise<void> {
  const deadline = performance.now() + KILL_MS
  for (let pids = listProcesses(uid); pids.length > 0; pids = listProcesses(uid)) {
    if (performance.now() > deadline) throw new GuardFailure(`Process ${pids[0]} of uid ${uid} could not be ended.`)
    for (const pid of pids) kill(pid)
    await pause(POLL_MS)
  }
}

function listProcesses(uid: number): readonly number[] {
  return listPids().filter(
    (pid) => statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid === uid && readStartTime(pid) !== null,
  )
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // Gone already.
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
