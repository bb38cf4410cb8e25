import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createExecuteOnlyNode, type NodeRequest } from '../../src/action/execute-only-node.ts'

let base = ''
let execPath = ''

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'execute-only-'))
  execPath = join(base, 'original')
  writeFileSync(execPath, 'a program', { mode: 0o755 })
})

afterEach(() => rmSync(base, { recursive: true, force: true }))

function request(extra: Partial<NodeRequest> = {}): NodeRequest {
  const uid = process.getuid?.() ?? null
  return { execPath, version: 'v1', architecture: 'x64', platform: 'linux', uid, bases: [base], ...extra }
}

const onPosix = process.platform === 'win32' ? test.skip : test

describe('createExecuteOnlyNode()', () => {
  onPosix('makes a copy that may be run and not read', async () => {
    const { path, notice } = await createExecuteOnlyNode(request())
    expect({ path, notice }).toEqual({ path: join(base, 'setup-agent-proxy-node/v1/x64/node'), notice: '' })
    expect(lstatSync(path).mode & 0o7777).toBe(0o111)
    expect(readdirSync(join(path, '..'))).toEqual(['node'])
  })

  onPosix('uses the copy again', async () => {
    const first = await createExecuteOnlyNode(request())
    const { ino } = lstatSync(first.path)
    const second = await createExecuteOnlyNode(request())
    expect(lstatSync(second.path).ino).toBe(ino)
  })

  onPosix.each<[string, (path: string) => void]>([
    ['was made readable', (path) => chmodSync(path, 0o755)],
    ['has another size', (path) => replace(path, 'another program')],
    ['is a symbolic link', (path) => link(path)],
  ])('replaces a copy that %s', async (_name, change) => {
    const { path } = await createExecuteOnlyNode(request())
    const { ino } = lstatSync(path)
    change(path)
    await createExecuteOnlyNode(request())
    const found = lstatSync(path)
    expect({ mode: found.mode & 0o7777, isFile: found.isFile(), isNew: found.ino !== ino }).toEqual({
      mode: 0o111,
      isFile: true,
      isNew: true,
    })
  })

  onPosix('goes to the next base when others can write to the first one', async () => {
    const shared = join(base, 'shared')
    mkdirSync(shared)
    chmodSync(shared, 0o777)
    const { path, notice } = await createExecuteOnlyNode(request({ bases: [shared, base] }))
    expect({ path, notice }).toEqual({ path: join(base, 'setup-agent-proxy-node/v1/x64/node'), notice: '' })
  })

  onPosix('a sticky shared base will do, a folder in it that others can write to will not', async () => {
    chmodSync(base, 0o1777)
    expect((await createExecuteOnlyNode(request())).notice).toBe('')
    chmodSync(join(base, 'setup-agent-proxy-node'), 0o777)
    expect((await createExecuteOnlyNode(request())).notice).toContain('is writable by others')
  })

  onPosix('runs from the plain node, and says so, when nothing can be trusted', async () => {
    const someoneElse = (process.getuid?.() ?? 0) + 1
    mkdirSync(join(base, 'setup-agent-proxy-node'), { mode: 0o700 })
    const { path, notice } = await createExecuteOnlyNode(request({ uid: someoneElse }))
    expect(path).toBe(execPath)
    expect(notice).toContain('does not belong to this user')
  })

  test.each(['darwin', 'win32'] as const)('on %s it is the plain node without a word', async (platform) => {
    expect(await createExecuteOnlyNode(request({ platform }))).toEqual({ path: execPath, notice: '' })
  })
})

function replace(path: string, text: string): void {
  rmSync(path)
  writeFileSync(path, text, { mode: 0o111 })
  chmodSync(path, 0o111)
}

function link(path: string): void {
  rmSync(path)
  symlinkSync(execPath, path)
}
