import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createCertificateAuthority } from '../../fakes/certificate.ts'
import { DIST } from '../../support/bundles.ts'

const NAMES = ['example.com', 'example.net', 'example.org']
const DEPTHS = ['', '*.', '*.cdn.', '*.model.', '*.wild.']

/** A directory that every user of the machine may read: programs, certificates, repositories. */
export function createStage(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'firewall-world-'))
  chmodSync(directory, 0o755)
  for (const room of ['job', 'programs'])
    cpSync(path.join(import.meta.dirname, '..', room), path.join(directory, room), { recursive: true })
  cpSync(DIST, path.join(directory, 'dist'), { recursive: true })
  mkdirSync(path.join(directory, 'bin'))
  writeFileSync(path.join(directory, 'bin', 'node'), '')
  const place = { mode: 0o755 }
  writeFileSync(
    path.join(directory, 'bin', 'attack'),
    '#!/bin/sh\nexec python3 -I "$STAGE/programs/attack.py" "$@"\n',
    place,
  )
  writeFileSync(path.join(directory, 'package.json'), '{"type":"module"}\n')
  createCertificates(directory)
  createRepositories(path.join(directory, 'repositories'))
  createProject(directory)
  return directory
}

function createCertificates(directory: string): void {
  const authority = createCertificateAuthority()
  const names = NAMES.flatMap((name) => DEPTHS.map((depth) => depth + name))
  // Hosts of the bundles: their names are the real zones, this server is not.
  const packages = ['github.com', 'made-up.npmjs.org', 'made-up.pypi.org']
  const leaf = authority.issue([...names, ...packages, '*.evil.example.net', '*.meta.rebind.example.org'])
  writeFileSync(path.join(directory, 'ca.pem'), authority.ca)
  writeFileSync(path.join(directory, 'outside.pem'), leaf.cert)
  writeFileSync(path.join(directory, 'outside.key'), leaf.key)
}

function createRepositories(directory: string): void {
  const source = path.join(directory, 'source')
  mkdirSync(source, { recursive: true })
  writeFileSync(path.join(source, 'README'), 'a project\n')
  const git = (...args: string[]): void => {
    const who = ['-c', 'user.name=somebody', '-c', 'user.email=somebody@example.com', '-c', 'init.defaultBranch=main']
    execFileSync('git', [...who, ...args], { cwd: source, stdio: 'pipe' })
  }
  git('init', '-q')
  git('add', '.')
  git('commit', '-q', '-m', 'the first commit')
  git('clone', '-q', '--bare', '.', path.join(directory, 'project.git'))
}

/** A registry with one package, a project that depends on it with a lock file, and an index page with one wheel. */
function createProject(directory: string): void {
  const packages = path.join(directory, 'repositories', 'packages')
  const content = path.join(directory, 'package')
  const project = path.join(directory, 'project')
  for (const place of [packages, content, project]) mkdirSync(place, { recursive: true })
  writeFileSync(
    path.join(content, 'package.json'),
    JSON.stringify({ name: 'left', version: '1.0.0', main: 'index.js' }),
  )
  writeFileSync(path.join(content, 'index.js'), "module.exports = 'left is here'\n")
  const tarball = path.join(packages, encodeURIComponent('left/-/left-1.0.0.tgz'))
  execFileSync('tar', ['-czf', tarball, '-C', directory, 'package'])
  const integrity = `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`
  const resolved = 'https://made-up.npmjs.org/left/-/left-1.0.0.tgz'
  const manifest = { name: 'project', version: '1.0.0', dependencies: { left: '1.0.0' } }
  const lock = { '': manifest, 'node_modules/left': { version: '1.0.0', resolved, integrity } }
  writeFileSync(path.join(project, 'package.json'), JSON.stringify(manifest))
  writeFileSync(
    path.join(project, 'package-lock.json'),
    JSON.stringify({ name: 'project', version: '1.0.0', lockfileVersion: 3, requires: true, packages: lock }),
  )
  const wheel = Buffer.from('not really a wheel')
  const digest = createHash('sha256').update(wheel).digest('hex')
  writeFileSync(path.join(packages, 'left-1.0-py3-none-any.whl'), wheel)
  const page = `<a href="https://made-up.pypi.org/left-1.0-py3-none-any.whl#sha256=${digest}">left</a>`
  writeFileSync(path.join(packages, encodeURIComponent('simple%2Fleft')), page)
}
