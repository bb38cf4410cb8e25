import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import {
  deriveCliFiles,
  findCliFileProblem,
  restoreCliFile,
  type WrittenFile,
  writeCliFile,
} from '../../src/action/cli-files.ts'

const BASE_URL = 'http://127.0.0.1:10000/v1'

let home = ''
let backupDirectory = ''

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'cli-files-'))
  backupDirectory = join(home, 'backup')
  mkdirSync(backupDirectory)
})

afterEach(() => rmSync(home, { recursive: true, force: true }))

const codexPath = (): string => join(home, '.codex', 'config.toml')

async function write(path = codexPath()): Promise<WrittenFile> {
  const { written } = await writeCliFile({ kind: 'codex', path, baseUrl: BASE_URL, backupDirectory })
  if (written === undefined) throw new Error('nothing was written')
  return written
}

function writeOriginal(text: string | Buffer, mode = 0o644): void {
  mkdirSync(join(home, '.codex'), { recursive: true })
  writeFileSync(codexPath(), text, { mode })
}

describe('deriveCliFiles()', () => {
  const homes = { home: '/home/me', codexHome: undefined, geminiHome: undefined }

  test('only providers that need a file have one', () => {
    expect(deriveCliFiles(['anthropic', 'copilot', 'vertex', 'byok'], homes)).toEqual([])
    expect(deriveCliFiles(['openai', 'gemini'], homes)).toEqual([
      { kind: 'codex', path: join('/home/me', '.codex', 'config.toml') },
      { kind: 'gemini', path: join('/home/me', '.gemini', 'settings.json') },
    ])
  })

  test('CODEX_HOME is the folder itself, GEMINI_CLI_HOME stands for the home', () => {
    const moved = { home: '/home/me', codexHome: '/c', geminiHome: '/g' }
    expect(deriveCliFiles(['openai', 'gemini'], moved).map(({ path }) => path)).toEqual([
      join('/c', 'config.toml'),
      join('/g', '.gemini', 'settings.json'),
    ])
  })
})

describe('writeCliFile() and restoreCliFile()', () => {
  test('a new file is private, and it goes with the folder that was made for it', async () => {
    const written = await write()
    expect(readFileSync(codexPath(), 'utf8')).toMatch(`openai_base_url = "${BASE_URL}"`)
    if (process.platform !== 'win32') expect(statSync(codexPath()).mode & 0o777).toBe(0o600)
    expect(await restoreCliFile(written)).toBeUndefined()
    expect(existsSync(join(home, '.codex'))).toBe(false)
  })

  test('folders above it that were made too go as well', async () => {
    const written = await write(join(home, 'a', 'b', 'config.toml'))
    await restoreCliFile(written)
    expect(existsSync(join(home, 'a'))).toBe(false)
  })

  test('a folder that was made but has other files by now stays', async () => {
    const written = await write()
    writeFileSync(join(home, '.codex', 'auth.json'), '{}')
    await restoreCliFile(written)
    expect(existsSync(join(home, '.codex', 'auth.json'))).toBe(true)
    expect(existsSync(codexPath())).toBe(false)
  })

  test('an existing file keeps its mode and comes back byte for byte', async () => {
    const original = '\uFEFF# mine\r\nmodel = "o3"\r\n'
    writeOriginal(original, 0o640)
    const written = await write()
    if (process.platform !== 'win32') expect(statSync(codexPath()).mode & 0o777).toBe(0o640)
    await restoreCliFile(written)
    expect(readFileSync(codexPath(), 'utf8')).toBe(original)
    if (process.platform !== 'win32') expect(statSync(codexPath()).mode & 0o777).toBe(0o640)
  })

  test('the backup of a file that may hold secrets is private', async () => {
    writeOriginal('token = "x"\n', 0o644)
    const { backup } = await write()
    if (process.platform !== 'win32') expect(statSync(backup ?? '').mode & 0o777).toBe(0o600)
    expect(readFileSync(backup ?? '', 'utf8')).toBe('token = "x"\n')
  })

  test('a symbolic link stays one; the file behind it is changed and restored', async () => {
    writeFileSync(join(home, 'dotfiles.toml'), 'model = "o3"\n')
    mkdirSync(join(home, '.codex'))
    symlinkSync(join(home, 'dotfiles.toml'), codexPath())
    const written = await write()
    expect(lstatSync(codexPath()).isSymbolicLink()).toBe(true)
    expect(readFileSync(join(home, 'dotfiles.toml'), 'utf8')).toContain(BASE_URL)
    await restoreCliFile(written)
    expect(readFileSync(join(home, 'dotfiles.toml'), 'utf8')).toBe('model = "o3"\n')
  })

  test('a file that is right already is neither written nor restored', async () => {
    writeOriginal(`openai_base_url = "${BASE_URL}"\n`)
    const { written } = await writeCliFile({ kind: 'codex', path: codexPath(), baseUrl: BASE_URL, backupDirectory })
    expect(written).toBeUndefined()
  })

  test('a file that was removed since stays removed', async () => {
    writeOriginal('model = "o3"\n')
    const written = await write()
    rmSync(codexPath())
    expect(await restoreCliFile(written)).toBeUndefined()
    expect(existsSync(codexPath())).toBe(false)
  })

  test('restoring twice is the same as once', async () => {
    writeOriginal('model = "o3"\n')
    const written = await write()
    await restoreCliFile(written)
    writeFileSync(codexPath(), 'model = "later"\n')
    expect(await restoreCliFile(written)).toBeUndefined()
    expect(readFileSync(codexPath(), 'utf8')).toBe('model = "later"\n')
  })

  test('without its backup the file still loses our key', async () => {
    writeOriginal('model = "o3"\n')
    const written = await write()
    rmSync(backupDirectory, { recursive: true })
    await restoreCliFile(written)
    expect(readFileSync(codexPath(), 'utf8')).toBe('model = "o3"\n')
  })

  test('a file that was broken since is named and left alone', async () => {
    const written = await write()
    writeFileSync(codexPath(), 'broken =')
    expect(await restoreCliFile(written)).toContain('no longer valid TOML')
    expect(readFileSync(codexPath(), 'utf8')).toBe('broken =')
  })
})

describe('findCliFileProblem()', () => {
  test.each<[string, () => void, unknown]>([
    ['no file', () => undefined, undefined],
    ['a good file', () => writeOriginal('a = 1\n'), undefined],
    ['broken TOML', () => writeOriginal('a ='), expect.stringContaining('not valid TOML')],
    [
      'bytes that are no UTF-8',
      () => writeOriginal(Buffer.from([0xff, 0xfe, 0x41])),
      expect.stringContaining('cannot be read'),
    ],
    ['a folder in its place', () => mkdirSync(codexPath(), { recursive: true }), expect.stringContaining('EISDIR')],
  ])('%s', async (_name, prepare, expected) => {
    prepare()
    expect(await findCliFileProblem({ kind: 'codex', path: codexPath() })).toEqual(expected)
  })
})
