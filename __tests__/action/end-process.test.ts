import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { PassThrough } from 'node:stream'
import { describe, expect, it, jest } from '@jest/globals'
import { endProcess } from '../../src/action/end-process.ts'

describe('endProcess()', () => {
  it('kills a child that does not listen to SIGTERM', async () => {
    const script = `process.on('SIGTERM', () => undefined); setInterval(() => undefined, 1000); console.log('up')`
    const child = spawn(process.execPath, ['-e', script], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] })
    await once(child.stdout, 'data')
    await endProcess(child)
    expect(child.signalCode).toBe('SIGKILL')
  })

  it('lets a child go that no signal reaches, as root’s, so that the step can end', async () => {
    const pipe = new PassThrough()
    const unref = jest.fn()
    // No process can have this pid.
    const facts = { pid: 2 ** 30, exitCode: null, signalCode: null, stdio: [pipe, null], unref }
    const child = Object.assign(new EventEmitter(), facts) as unknown as ChildProcess
    await endProcess(child)
    expect(pipe.destroyed).toBe(true)
    expect(unref).toHaveBeenCalled()
    expect(child.listenerCount('exit')).toBe(0)
  })
})
