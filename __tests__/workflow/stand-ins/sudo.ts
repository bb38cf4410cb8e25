import { spawnSync } from 'node:child_process'

/** `sudo -E`: the same user here, with the environment as it is. */
const [option, program = '', ...rest] = process.argv.slice(2)
if (option !== '-E') throw new Error('only `sudo -E` is played here')
process.exitCode = spawnSync(program, rest, { stdio: 'inherit' }).status ?? 1
