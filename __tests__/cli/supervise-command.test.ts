import { ChildProcess } from 'node:child_process'
import { describe, expect, it, jest } from '@jest/globals'
import { type Handover, superviseCommand } from '../../src/cli/supervise-command.ts'
import type { Terminal } from '../../src/cli/terminal.ts'

function createHandover(changes: Partial<Handover>): Handover {
  return {
    version: 1,
    argv: [],
    environment: {},
    isInputTerminal: false,
    display: { verbosity: 'quiet', isColoured: false },
    temp: '/nowhere/at/all',
    summaryPath: null,
    state: [],
    ...changes,
  }
}

describe('superviseCommand()', () => {
  it('is ready for every signal before the command is started, which may call for one at once', async () => {
    const order: string[] = []
    const terminal: Pick<Terminal, 'onSignals' | 'writeError'> = {
      onSignals: (names) => void order.push(...names),
      writeError: () => undefined,
    }
    const handover = createHandover({
      argv: [process.execPath, '-e', ''],
      environment: {
        // Read when the command is started.
        get SEEN() {
          order.push('start')
          return '1'
        },
      },
    })
    expect(await superviseCommand(terminal as Terminal, handover)).toEqual({ kind: 'code', code: 0 })
    expect(order).toEqual(['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'start'])
  })

  it('waits for a command that it may not signal, however often it is asked to, and ends as that does', async () => {
    const said: string[] = []
    // As node has it for a process of another user; tests run as root too, which may signal all.
    const kill = jest.spyOn(ChildProcess.prototype, 'kill').mockImplementation(function (this: ChildProcess) {
      this.emit('error', Object.assign(new Error('kill EPERM'), { code: 'EPERM' }))
      return false
    })
    let forward: (name: NodeJS.Signals) => void = () => undefined
    const terminal: Pick<Terminal, 'onSignals' | 'writeError'> = {
      onSignals: (_names, listener) => {
        forward = listener
      },
      writeError: (text) => void said.push(text),
    }
    const argv = [process.execPath, '-e', 'process.exitCode = 7']
    const ended = superviseCommand(terminal as Terminal, createHandover({ argv }))
    forward('SIGTERM')
    forward('SIGTERM')
    try {
      expect(await ended).toEqual({ kind: 'code', code: 7 })
    } finally {
      kill.mockRestore()
    }
    expect(said).toEqual(Array(2).fill(`setup-agent-proxy: ${process.execPath} did not get a signal (EPERM)\n`))
  })

  it('says that a command cannot be started', async () => {
    const said: string[] = []
    const terminal: Pick<Terminal, 'onSignals' | 'writeError'> = {
      onSignals: () => undefined,
      writeError: (text) => void said.push(text),
    }
    const end = await superviseCommand(terminal as Terminal, createHandover({ argv: ['/nowhere/at/all/agent'] }))
    expect(end).toEqual({ kind: 'code', code: 127 })
    expect(said).toEqual(['setup-agent-proxy: /nowhere/at/all/agent cannot be started (ENOENT)\n'])
  })
})
