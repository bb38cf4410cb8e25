import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { WRAP_FAILED } from '../../src/core/wrapper/agent-exec-config.ts'
import { ROOT } from '../support/source-graph.ts'

test('agent-exec keeps its exit code when nobody reads what it says', async () => {
  const entry = join(ROOT, 'src/entry/agent-exec.ts')
  // The shell waits for a line, so that the reader is surely gone before anything is said.
  const script = 'read _ && exec "$0" --disable-warning=ExperimentalWarning "$1"'
  const child = spawn('sh', ['-c', script, process.execPath, entry], { stdio: ['pipe', 'ignore', 'pipe'] })
  const exited = once(child, 'exit')
  child.stderr.destroy()
  await once(child.stderr, 'close')
  child.stdin.end('\n')
  expect(await exited).toEqual([WRAP_FAILED, null])
})
