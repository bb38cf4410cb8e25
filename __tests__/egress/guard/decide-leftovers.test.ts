import { describe, expect, it } from '@jest/globals'
import { decideLeftovers, parseSubordinate, type SeenProcess } from '../../../src/egress/guard/decide-leftovers.ts'

const RUNNER = 1001
const FACTS = { runnerUid: RUNNER, subordinate: [[100_000, 65_536]] as const, jobStart: 500 }
const ROOT = 0

const seen = (pid: number, parent: number, startTime: number, uid = RUNNER): SeenProcess => ({
  ...{ pid, parent, startTime },
  uids: [uid, uid, uid, uid],
})

/** init, the runner's listener, and what else the user had before the job. */
const BEFORE = [seen(1, 0, 1, ROOT), seen(10, 1, 100), seen(11, 1, 110)]

describe('decideLeftovers()', () => {
  it.each<[string, readonly SeenProcess[], readonly number[]]>([
    ['a process that was left to init', [seen(20, 1, 600)], [20]],
    ['it and its children', [seen(20, 1, 600), seen(21, 20, 601), seen(22, 21, 602)], [20, 21, 22]],
    ['a process of a subordinate uid', [seen(20, 1, 600, 100_005)], [20]],
    [
      'one that has changed only its effective uid',
      [{ pid: 20, parent: 1, startTime: 600, uids: [RUNNER, 5, 5, 5] }],
      [20],
    ],
    ['one whose parents form a circle', [seen(20, 21, 600), seen(21, 20, 600)], [20, 21]],
    ['one under a process of root that is not older', [seen(15, 1, 590, ROOT), seen(20, 15, 600)], [20]],
  ])('finds %s', (_what, processes, pids) => {
    expect(decideLeftovers([...BEFORE, ...processes], FACTS)).toEqual(pids)
  })

  it.each<[string, readonly SeenProcess[]]>([
    ['the next job, which the listener has started', [seen(20, 10, 600), seen(21, 20, 601)]],
    ['a job of another runner of the same user', [seen(20, 11, 600)]],
    ['what was there before the job', [seen(20, 1, 499)]],
    ['another user’s process', [seen(20, 1, 600, 1002)]],
    ['a process of root', [seen(20, 1, 600, ROOT)]],
    ['a uid beyond the subordinate ones', [seen(20, 1, 600, 165_536)]],
  ])('leaves %s alone', (_what, processes) => {
    expect(decideLeftovers([...BEFORE, ...processes], FACTS)).toEqual([])
  })

  it('touches nothing where the runner is root: the machine’s own processes cannot be told from the job’s', () => {
    expect(decideLeftovers([seen(20, 1, 600, ROOT)], { ...FACTS, runnerUid: 0 })).toEqual([])
  })
})

describe('parseSubordinate()', () => {
  it('reads the ranges of one account by its name or its uid, and nothing else', () => {
    const text = 'runner:100000:65536\nother:200000:65536\n1001:300000:10\nrunner:x:1\nrunner\n'
    expect(parseSubordinate(text, ['1001', 'runner'])).toEqual([
      [100_000, 65_536],
      [300_000, 10],
    ])
  })
})
