import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { renderAgentExec } from '../../../src/core/wrapper/render-agent-exec.ts'

const onPosix = process.platform === 'win32' ? describe.skip : describe

onPosix('renderAgentExec()', () => {
  let directory: string
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'agent exec # 100% '))
    // As a directory of the runner may lie in a checkout of a package of modules.
    writeFileSync(join(directory, 'package.json'), '{"type":"module"}')
    mkdirSync(join(directory, "it's a bundle"))
    writeFileSync(
      join(directory, "it's a bundle", 'index.js'),
      'console.log(JSON.stringify([process.argv.slice(2), process.env["INPUT_A-B"] ?? null]))',
    )
    symlinkSync(process.execPath, join(directory, 'node with spaces'))
  })
  afterAll(() => rmSync(directory, { recursive: true }))

  const call = (node: string): unknown => {
    const launcher = join(directory, 'agent-exec')
    const bundle = join(directory, "it's a bundle", 'index.js')
    writeFileSync(launcher, renderAgentExec({ node, bundle, config: '/run dir/config.json' }))
    chmodSync(launcher, 0o755)
    const env = { 'INPUT_A-B': 'kept' }
    return JSON.parse(execFileSync(launcher, ['--', 'a b', "it's", '$X'], { env, encoding: 'utf8' }))
  }
  const written = ['/run dir/config.json', '--', 'a b', "it's", '$X']

  test('hands on the configuration, every argument and the environment', () => {
    expect(call(process.execPath)).toEqual([written, 'kept'])
  })

  test('goes through a shell where the path of node cannot stand in a first line', () => {
    const [given] = call(join(directory, 'node with spaces')) as unknown[]
    expect(given).toEqual(written)
  })

  test.each(['relative/node', '/two\nlines', '/nul\0'])('refuses %j as a path', (node) => {
    expect(() => renderAgentExec({ node, bundle: '/b', config: '/c' })).toThrow('absolute paths of one line')
  })
})
