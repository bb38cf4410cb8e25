#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { constants, homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { isatty } from 'node:tty'
import { fileURLToPath } from 'node:url'
import { findUserName } from '../action/find-user-name.ts'
import { runCli } from '../cli/run-cli.ts'
import { writeWhole } from './write-whole.ts'

const bundles = join(dirname(fileURLToPath(import.meta.url)), '..')
const { platform, execve } = process

const end = await runCli({
  arguments: process.argv.slice(2),
  environment: process.env,
  platform,
  architecture: process.arch,
  nodeVersion: process.version,
  execPath: process.execPath,
  pid: process.pid,
  ...{ uid: process.getuid?.() ?? null, gid: process.getgid?.() ?? null },
  userName: findUserName(),
  home: homedir(),
  cwd: process.cwd(),
  temp: tmpdir(),
  bundle: (name) => join(bundles, name, 'index.js'),
  ...{ isErrorTerminal: isatty(2), isInputTerminal: isatty(0) },
  write: (text) => writeWhole(1, text),
  writeError: (text) => writeWhole(2, text),
  readInput: async () => readFileSync(0, 'utf8'),
  onSignals: (names, run) => void names.map((name) => process.on(name, () => run(name))),
  replaceProcess: execve && ((argv, env) => execve.call(process, argv[0] ?? '', [...argv], { ...env })),
})
if (end.kind === 'code') process.exit(end.code)
process.removeAllListeners(end.signal)
process.kill(process.pid, end.signal)
// Some signals do not end node, whatever they do to others.
setTimeout((code) => process.exit(code), 100, 128 + constants.signals[end.signal])
