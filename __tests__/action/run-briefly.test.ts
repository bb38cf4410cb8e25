import { describe, expect, it } from '@jest/globals'
import { runBriefly } from '../../src/action/run-briefly.ts'

const environment = { PATH: process.env.PATH ?? '' }
const onPosix = process.platform === 'win32' ? describe.skip : describe

onPosix('runBriefly()', () => {
  it('collects what a program says, and how it ended', async () => {
    const argv = ['sh', '-c', 'echo out; echo err >&2; exit 3']
    expect(await runBriefly({ argv, environment, limitMs: 60_000 })).toEqual({
      code: 3,
      stdout: 'out\n',
      stderr: 'err\n',
    })
  })

  it('is done at the limit also when something that the program started holds its pipes', async () => {
    const argv = ['sh', '-c', 'sleep 1000 & echo $!; wait']
    const { code, stdout } = await runBriefly({ argv, environment, limitMs: 2000 })
    expect(code).toBeNull()
    expect(stdout).toMatch(/^[1-9]\d*\n$/)
    process.kill(Number(stdout), 'SIGKILL')
  })

  it('has no code for a program that is not there', async () => {
    const argv = ['/nowhere/at/all']
    expect(await runBriefly({ argv, environment, limitMs: 60_000 })).toEqual({ code: null, stdout: '', stderr: '' })
  })
})
