import { describe, expect, it } from '@jest/globals'
import { describeStep, UndoJournal } from '../../../src/egress/guard/undo-journal.ts'
import type { UndoStep } from '../../../src/egress/guard/undo-step.ts'

const file = (path: string): UndoStep => ({ kind: 'file', path })

interface Trace {
  readonly journal: UndoJournal
  readonly saved: string[]
  readonly applied: string[]
}

function create(failing: readonly string[] = []): Trace {
  const saved: string[] = []
  const applied: string[] = []
  const journal = new UndoJournal({
    save: (steps) => void saved.push(steps.map(describeStep).join()),
    apply: async (step) => {
      applied.push(describeStep(step))
      if (failing.includes(describeStep(step))) throw new Error('busy')
    },
  })
  return { journal, saved, applied }
}

describe('UndoJournal', () => {
  it('saves each step before it can be done', () => {
    const { journal, saved } = create()
    journal.note(file('/a'))
    journal.note(file('/b'))
    expect(saved).toEqual(['file /a', 'file /a,file /b'])
  })

  it('does not note what cannot be saved without saying so', () => {
    const journal = new UndoJournal({
      save: () => {
        throw new Error('disk full')
      },
      apply: async () => undefined,
    })
    expect(() => journal.note(file('/a'))).toThrow('disk full')
  })

  it('takes back the last first, each once', async () => {
    const { journal, applied } = create()
    for (const path of ['/a', '/b', '/c']) journal.note(file(path))
    expect(await journal.undo()).toEqual([])
    await journal.undo()
    expect(applied).toEqual(['file /c', 'file /b', 'file /a'])
  })

  it('goes on after a failure, names it and keeps its step', async () => {
    const { journal, applied } = create(['file /b'])
    for (const path of ['/a', '/b', '/c']) journal.note(file(path))
    expect(await journal.undo()).toEqual([{ step: file('/b'), error: new Error('busy') }])
    expect(applied).toEqual(['file /c', 'file /b', 'file /a'])
    expect(journal.steps).toEqual([file('/b')])
  })

  it('takes back only what is wanted', async () => {
    const { journal, applied } = create()
    journal.note({ kind: 'process', pid: 12, startTime: '1' })
    journal.note(file('/a'))
    await journal.undo(({ kind }) => kind === 'file')
    expect(applied).toEqual(['file /a'])
    expect(journal.steps).toHaveLength(1)
  })
})
