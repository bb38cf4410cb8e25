import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { createScriptedUpstream } from '../support/scripted-upstream.ts'
import { Scene } from './support/scene.ts'

/** The search at the end of each scenario must find what it is there for, and no scenario may do without it. */
test.each([
  ['a file of the run', (scene: Scene) => writeFileSync(join(scene.sidecar.directory, 'dump'), `x=${scene.key}`)],
  ['an answer, in base64', (scene: Scene) => scene.hear(Buffer.from(`Bearer ${scene.key}`).toString('base64'))],
])('Scene ends with an error when the key stands in %s', async (_where, leak) => {
  await using upstream = await createScriptedUpstream({})
  const scene = await Scene.open({ origin: upstream.origin })
  leak(scene)
  await expect(scene[Symbol.asyncDispose]()).rejects.toThrow(/leaked: key \(.*\) in /)
})

test('Scene ends with an error when the log speaks of a defect', async () => {
  await using upstream = await createScriptedUpstream({})
  const scene = await Scene.open({ origin: upstream.origin })
  writeFileSync(join(scene.sidecar.directory, 'sidecar.log'), 'defect: TypeError\n')
  await expect(scene[Symbol.asyncDispose]()).rejects.toThrow(/defect: TypeError/)
})

test('every suite of this directory ends its scenarios with a search for secrets', () => {
  const suites = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.test.ts'))
  const without = suites.filter((name) => {
    const text = readFileSync(join(import.meta.dirname, name), 'utf8')
    return !/\b(useScene|Scene\.open|assertJobClean|findLeaks|findSpellings|runSoak)\(/.test(text)
  })
  expect(without).toEqual([])
})
