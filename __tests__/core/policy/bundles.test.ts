import { describe, expect, it } from '@jest/globals'
import type { Bundle } from '../../../src/core/policy/bundles/bundle.ts'
import { BUNDLE_NAMES, BUNDLE_VERSION, BUNDLES } from '../../../src/core/policy/bundles/table.ts'
import { expandBundle } from '../../../src/core/policy/expand-bundle.ts'
import { parseAllowList } from '../../../src/core/policy/parse-allow-list.ts'
import { findPublicSuffix } from '../../../src/core/policy/public-suffix.ts'
import { renderRule } from '../../../src/core/policy/render-rule.ts'

describe('bundles', () => {
  it('have a version and the names that the documentation promises', () => {
    expect(BUNDLE_VERSION).toBeGreaterThanOrEqual(1)
    expect(BUNDLE_NAMES).toEqual(
      expect.arrayContaining([
        ...['node', 'python', 'rust', 'go', 'java', 'ruby', 'dotnet', 'php', 'swift', 'debian', 'ubuntu', 'alpine'],
        ...['github', 'containers', 'playwright'],
      ]),
    )
  })

  describe.each(BUNDLE_NAMES)('%s', (name) => {
    const { entries, description }: Bundle = BUNDLES[name]

    it('passes the grammar that users’ lists pass, wildcards included', () => {
      const { faults, hosts } = parseAllowList(entries.map((entry) => entry.rule).join('\n'), { input: 'bundle' })
      expect(faults.map((fault) => fault.message)).toEqual([])
      expect(hosts.map(renderRule)).toEqual(entries.map((entry) => entry.rule))
    })

    it('gives a reason for each entry, and no entry twice', () => {
      expect(description.length).toBeGreaterThan(3)
      for (const { reason } of entries) expect(reason.length).toBeGreaterThan(4)
      expect(new Set(entries.map((entry) => entry.rule)).size).toBe(entries.length)
    })

    it('is a word that cannot be taken for a host', () => {
      expect(name).toMatch(/^[a-z][a-z0-9-]*$/)
      expect(expandBundle(name).every((rule) => rule.origin.kind === 'bundle')).toBe(true)
    })

    it('opens a shared suffix by no exact name either', () => {
      const hosts = expandBundle(name).filter((rule) => findPublicSuffix(rule.name) !== undefined)
      expect(hosts.map(renderRule)).toEqual([])
    })
  })

  it('say so where a host serves the files of strangers', () => {
    const entries = Object.values(BUNDLES).flatMap((bundle: Bundle) => bundle.entries)
    const buckets = entries.filter((entry) => entry.rule === 'storage.googleapis.com')
    expect(buckets.length).toBeGreaterThan(0)
    for (const entry of buckets) expect(entry.reason).toContain('every bucket')
  })
})
