import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { isProcessAlive, readStartTime } from '../../src/action/process-status.ts'

const onLinux = process.platform === 'linux' ? test : test.skip

describe('isProcessAlive()', () => {
  test('this process lives', () => {
    expect(isProcessAlive(process.pid, readStartTime(process.pid))).toBe(true)
    expect(isProcessAlive(process.pid, null)).toBe(true)
  })

  test('one that has ended does not', () => {
    const { pid } = spawnSync(process.execPath, ['-e', ''])
    expect(isProcessAlive(pid, null)).toBe(false)
  })

  onLinux('a process of another start time is another process', () => {
    expect(isProcessAlive(process.pid, '1')).toBe(false)
  })

  onLinux('a zombie is gone, although it can be signalled', async () => {
    // The shell leaves its child unreaped while it becomes another program.
    const script = 'sleep 0 & echo $!; exec tail -f /dev/null'
    const parent = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] })
    const [line] = (await once(parent.stdout, 'data')) as [Buffer]
    const pid = Number(line.toString())
    const readState = (): string => readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/^.*\) (.).*$/s, '$1')
    while (readState() !== 'Z') await new Promise(setImmediate)
    expect(() => process.kill(pid, 0)).not.toThrow()
    expect(readStartTime(pid)).toBeNull()
    expect(isProcessAlive(pid, '1')).toBe(false)
    parent.kill()
  })
})
