import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createFileWatcher, type FileWatcher } from '../../../src/sidecar/credential-process/watch-file.ts'
import { Workshop } from '../../support/credential-programs.ts'

/** Real files, and a clock of the test: while the reader waits, `meanwhile` says what a writer does. */
const onPosix = process.platform === 'win32' ? it.skip : it
const LONG_AGO = new Date(Date.now() - 3_600_000)

let shop = new Workshop()
let path = ''
let changes = 0
let pauses = 0
let meanwhile: (pause: number) => unknown = () => undefined
let poll: () => Promise<void> = () => Promise.resolve()
let watcher: FileWatcher | undefined

beforeEach(() => {
  shop = new Workshop()
  path = shop.path('token')
  changes = 0
  pauses = 0
  meanwhile = () => undefined
  poll = () => Promise.reject(new Error('Nobody polls'))
})

afterEach(async () => {
  watcher?.close()
  await shop[Symbol.asyncDispose]()
})

function watch(file = path): FileWatcher {
  watcher = createFileWatcher(
    file,
    () => {
      changes += 1
    },
    {
      now: Date.now,
      pause: async () => {
        pauses += 1
        meanwhile(pauses)
      },
      every: (_milliseconds, run) => {
        poll = run
        return () => {
          poll = () => Promise.resolve()
        }
      },
    },
  )
  return watcher
}

/** As a program that wrote it some time ago left it. */
function writeOld(text: string | Uint8Array, file = path): void {
  writeFileSync(file, text)
  utimesSync(file, LONG_AGO, LONG_AGO)
}

function replace(text: string): void {
  writeOld(text, `${path}.new`)
  renameSync(`${path}.new`, path)
}

describe('createFileWatcher(): read()', () => {
  it('gives a file that has long been there at once', async () => {
    writeOld('token\n')
    expect(await watch().read()).toEqual({ kind: 'output', text: 'token\n' })
    expect(pauses).toBe(0)
  })

  it('watches a file that was just written for a moment before it believes it', async () => {
    writeFileSync(path, 'token')
    expect(await watch().read()).toEqual({ kind: 'output', text: 'token' })
    expect(pauses).toBe(1)
  })

  it('waits for a writer that has truncated the file and writes later', async () => {
    writeFileSync(path, '')
    meanwhile = (pause) => pause === 6 && writeFileSync(path, 'token')
    expect(await watch().read()).toEqual({ kind: 'output', text: 'token' })
  })

  it('waits for a writer that writes piece by piece', async () => {
    writeFileSync(path, '')
    meanwhile = (pause) => pause <= 6 && appendFileSync(path, String(pause))
    expect(await watch().read()).toEqual({ kind: 'output', text: '123456' })
  })

  it('gives the newer one when the file is replaced while it is read', async () => {
    writeFileSync(path, 'older')
    meanwhile = (pause) => pause === 1 && replace('newer')
    expect(await watch().read()).toEqual({ kind: 'output', text: 'newer' })
  })

  it('waits for a file that is deleted and written anew', async () => {
    writeOld('older')
    rmSync(path)
    meanwhile = (pause) => pause === 3 && writeOld('newer')
    expect(await watch().read()).toEqual({ kind: 'output', text: 'newer' })
  })

  it('gives up on a file that never keeps still', async () => {
    writeFileSync(path, 'x')
    meanwhile = () => appendFileSync(path, 'x')
    expect(await watch().read()).toEqual({ kind: 'not-started', code: 'EBUSY' })
    expect(pauses).toBeLessThanOrEqual(30)
  })

  it('gives what there is when a file stays empty: that is for the parser to explain', async () => {
    writeFileSync(path, '')
    expect(await watch().read()).toEqual({ kind: 'output', text: '' })
    expect(pauses).toBeGreaterThan(10)
  })

  it('does not wait for a file that has long been empty', async () => {
    writeOld('')
    expect(await watch().read()).toEqual({ kind: 'output', text: '' })
    expect(pauses).toBe(0)
  })

  it('gives one answer to all who ask at the same time', async () => {
    writeFileSync(path, 'token')
    const file = watch()
    expect(await Promise.all([file.read(), file.read()])).toEqual([
      { kind: 'output', text: 'token' },
      { kind: 'output', text: 'token' },
    ])
    expect(pauses).toBe(1)
  })

  it.each([
    ['a mebibyte', 1024 * 1024, { kind: 'output' }],
    ['a byte more', 1024 * 1024 + 1, { kind: 'too-much-output' }],
  ])('of %s', async (_name, size, expected) => {
    writeOld('x'.repeat(size))
    expect(await watch().read()).toMatchObject(expected)
  })

  it('refuses bytes that are no text', async () => {
    writeOld(Buffer.from('61ff', 'hex'))
    expect(await watch().read()).toEqual({ kind: 'not-utf8' })
  })

  it('says that a deleted file is not there', async () => {
    expect(await watch().read()).toEqual({ kind: 'not-started', code: 'ENOENT' })
  })

  it('says that a directory is no file', async () => {
    mkdirSync(path)
    expect(await watch().read()).toEqual({ kind: 'not-started', code: 'EISDIR' })
  })

  onPosix('does not wait for the writer of a FIFO', async () => {
    execFileSync('mkfifo', [path])
    expect(await watch().read()).toEqual({ kind: 'not-started', code: 'ENOTREG' })
  })

  const isRoot = process.getuid?.() === 0
  ;(isRoot || process.platform === 'win32' ? it.skip : it)('says that a file may not be read', async () => {
    writeOld('token')
    chmodSync(path, 0)
    expect(await watch().read()).toEqual({ kind: 'not-started', code: 'EACCES' })
  })
})

describe('createFileWatcher(): changes', () => {
  async function startWith(text: string): Promise<FileWatcher> {
    writeOld(text)
    const file = watch()
    await file.read()
    return file
  }

  it('are not told while the file is the same', async () => {
    await startWith('token')
    await poll()
    expect(changes).toBe(0)
  })

  it('are told once when the file was replaced', async () => {
    const file = await startWith('older')
    replace('newer')
    await poll()
    await poll()
    expect(changes).toBe(1)
    expect(await file.read()).toEqual({ kind: 'output', text: 'newer' })
  })

  it('are told when the text has the same length and the same time', async () => {
    await startWith('older')
    replace('newer')
    await poll()
    expect(changes).toBe(1)
  })

  onPosix('are told when a symbolic link in the path leads elsewhere, as Kubernetes does it', async () => {
    for (const version of ['1', '2']) {
      mkdirSync(shop.path(`..${version}`))
      writeOld(`token ${version}`, shop.path(`..${version}/value`))
    }
    symlinkSync('..1', shop.path('..data'))
    symlinkSync('..data/value', shop.path('value'))
    const file = watch(shop.path('value'))
    expect(await file.read()).toEqual({ kind: 'output', text: 'token 1' })
    symlinkSync('..2', shop.path('..data_tmp'))
    renameSync(shop.path('..data_tmp'), shop.path('..data'))
    await poll()
    expect(changes).toBe(1)
    expect(await file.read()).toEqual({ kind: 'output', text: 'token 2' })
  })

  it.each([
    ['emptied', () => truncateSync(path)],
    ['deleted', () => rmSync(path)],
    ['overwritten with something that is no text', () => writeOld(Buffer.from('ffff', 'hex'))],
  ])('are not told when the file was %s: who holds the old value keeps it', async (_name, damage) => {
    await startWith('token')
    damage()
    await poll()
    expect(changes).toBe(0)
  })

  it('are told when a file that was emptied is filled again', async () => {
    await startWith('token')
    truncateSync(path)
    await poll()
    writeOld('newer')
    await poll()
    expect(changes).toBe(1)
  })

  it('are told when the file that was missed at first comes', async () => {
    const file = watch()
    await file.read()
    writeOld('token')
    await poll()
    expect(changes).toBe(1)
  })

  it('are not looked for after the end', async () => {
    const file = await startWith('token')
    const pollOfThen = poll
    file.close()
    replace('newer')
    await poll()
    await pollOfThen()
    expect(changes).toBe(0)
  })
})
