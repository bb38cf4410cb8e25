import { describe, expect, test } from '@jest/globals'
import { SlotList } from '../../../src/egress/relay/slot-list.ts'

const make = (name: string) => ({ name, slot: -1 })

describe('SlotList', () => {
  test('holds what was added and not deleted, whatever the order', () => {
    const list = new SlotList<ReturnType<typeof make>>()
    const items = ['a', 'b', 'c', 'd', 'e'].map(make)
    for (const item of items) list.add(item)
    for (const at of [0, 4, 2]) expect(list.delete(items[at] as ReturnType<typeof make>)).toBe(true)
    expect(
      list
        .list()
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(['b', 'd'])
    expect(list.size).toBe(2)
  })

  test('says when something is in it no more, and takes it again', () => {
    const list = new SlotList<ReturnType<typeof make>>()
    const item = make('a')
    expect(list.delete(item)).toBe(false)
    list.add(item)
    list.delete(item)
    expect(list.delete(item)).toBe(false)
    list.add(item)
    expect(list.list()).toEqual([item])
  })

  test('what it listed does not change under the reader', () => {
    const list = new SlotList<ReturnType<typeof make>>()
    const items = ['a', 'b'].map(make)
    for (const item of items) list.add(item)
    const before = list.list()
    for (const item of before) list.delete(item)
    expect(before).toEqual(items)
    expect(list.size).toBe(0)
  })
})
