import { describe, expect, it } from '@jest/globals'
import { type Handover, superviseCommand } from '../../src/cli/supervise-command.ts'
import type { Terminal } from '../../src/cli/terminal.ts'

describe('superviseCommand()', () => {
  it('is ready for every signal before the command is started, which may call for one at once', async () => {
    const order: string[] = []
    const terminal: Pick<Terminal, 'onSignals' | 'writeError'> = {
      onSignals: (names) => void order.push(...names),
      writeError: () => undefined,
    }
    const handover: Handover = {
      version: 1,
      argv: [process.execPath, '-e', ''],
      environment: {
        // Read when the command is started.
        get SEEN() {
          order.push('start')
          return '1'
        },
      },
      isInputTerminal: false,
      display: { verbosity: 'quiet', isColoured: false },
      temp: '/nowhere/at/all',
      summaryPath: null,
      state: [],
    }
    expect(await superviseCommand(terminal as Terminal, handover)).toEqual({ kind: 'code', code: 0 })
    expect(order).toEqual(['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'start'])
  })
})
