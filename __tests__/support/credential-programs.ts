import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findProcesses } from './find-processes.ts'
import { waitUntil } from './wait-until.ts'

/** A directory for programs and files of one test, whose processes are known by its name in their command lines. */
export class Workshop implements AsyncDisposable {
  readonly mark = `agent-proxy-workshop-${randomUUID()}`
  readonly directory = mkdtempSync(join(tmpdir(), `${this.mark}-`))

  path(name: string): string {
    return join(this.directory, name)
  }

  /** Writes a program for node, and gives the command that runs it. */
  program(body: string): readonly string[] {
    const path = this.path(`${randomUUID()}.mjs`)
    writeFileSync(path, body)
    return [process.execPath, path]
  }

  /** Resolves once no process is left that was started from a file of this directory. */
  waitUntilAlone(): Promise<true> {
    return waitUntil('no process of the command is left', () => findProcesses(this.mark).length === 0)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const pid of findProcesses(this.mark)) process.kill(pid, 'SIGKILL')
    rmSync(this.directory, { recursive: true, force: true })
  }
}
