import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { readOption, run } from './ask-model.ts'

// Neither PATH-like variables nor the machine's proxies enter the container.
const KEPT_OUT = /^(?:PATH|PWD|OLDPWD|SHLVL|_|SUDO_.*|https?_proxy|no_proxy)$/i

/** AWF: reads list and configuration, and runs the command in a container that knows the machine as host.docker.internal. */
await run('awf', () => {
  const options = process.argv.slice(2, process.argv.indexOf('--'))
  const [program = '', ...rest] = process.argv.slice(process.argv.indexOf('--') + 1)
  const config = JSON.parse(readFileSync(readOption('--config') ?? '', 'utf8')) as { readonly network?: object }
  if (config.network === undefined) throw new Error('the configuration says nothing of the network')
  const given = options.flatMap((word, index) => (word === '--env' ? [options[index + 1] ?? ''] : []))
  const variables = given.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)] as const)
  const all = options.includes('--env-all') ? Object.entries(process.env) : []
  const inherited = all.filter(([name]) => !KEPT_OUT.test(name))
  const outside = variables.map(([name, value]) => [name, reachHost(value)] as const)
  const environment = Object.fromEntries([...inherited, ...outside, ['PATH', process.env.PATH] as const])
  process.exitCode = spawnSync(program, rest, { stdio: 'inherit', env: environment }).status ?? 1
})

/** In a real container the name leads to the machine's bridge; here it is this machine. Only the ports that are let through count. */
function reachHost(value: string): string {
  const port = /\/\/host\.docker\.internal:(\d+)/.exec(value)?.[1]
  if (port === undefined) return value
  const isAllowed =
    process.argv.includes('--enable-host-access') &&
    readOption('--allow-host-ports')?.split(',').includes(port) === true
  if (!isAllowed || readOption('--allow-domains')?.split(',').includes('host.docker.internal') !== true) {
    throw new Error(`port ${port} of the machine is closed to the container`)
  }
  return value.replace('host.docker.internal', '127.0.0.1')
}
