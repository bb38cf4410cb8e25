import { execFile, execFileSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'

/**
 * What runs as root on such a machine and does things for others: each a line over a unix socket. Models of apt and snap daemons
 * (fetch), of dockerd (anything as root for its group), of cron (the user's own jobs, in a session of their own), of D-Bus
 * activation and maintenance scripts (programs from trusted directories).
 */
const LIMIT_MS = 8000

function runAsRoot(command: string, args: readonly string[], done: (output: string) => void): void {
  execFile(command, args, { timeout: LIMIT_MS, encoding: 'latin1' }, (_error, output) => done(output))
}

const fetchFor = (line: string, done: (output: string) => void): void =>
  runAsRoot('curl', ['-sk', '-m', '6', line], done)
const shellFor = (line: string, done: (output: string) => void): void => runAsRoot('bash', ['-c', line], done)
const cronFor = (line: string, done: (output: string) => void): void =>
  runAsRoot('setsid', ['setpriv', '--reuid=1001', '--regid=1001', '--clear-groups', 'bash', '-c', line], done)

/** A service is activated by name: its program is whatever the file in the trusted directory says. */
function activate(line: string, done: (output: string) => void): void {
  const name = path.basename(line)
  try {
    const file = readFileSync(`/usr/share/dbus-1/system-services/${name}.service`, 'utf8')
    shellFor(/^Exec=(.*)$/m.exec(file)?.[1] ?? 'false', done)
  } catch {
    done('no such service\n')
  }
}

const maintain = (_line: string, done: (output: string) => void): void => runAsRoot('maintenance', [], done)

interface Door {
  readonly path: string
  readonly mode: number
  readonly group: number
  readonly serve: (line: string, done: (output: string) => void) => void
}

const DOORS: readonly Door[] = [
  { path: '/run/fetchd.sock', mode: 0o666, group: 0, serve: fetchFor },
  { path: '\0fetchd', mode: 0, group: 0, serve: fetchFor },
  { path: '/run/docker.sock', mode: 0o660, group: 4001, serve: shellFor },
  { path: '/run/lxd/unix.socket', mode: 0o660, group: 4002, serve: shellFor },
  { path: '/run/crond.sock', mode: 0o666, group: 0, serve: cronFor },
  { path: '/run/dbus/system_bus_socket', mode: 0o666, group: 0, serve: activate },
  { path: '/run/maintenance.sock', mode: 0o666, group: 0, serve: maintain },
]

for (const door of DOORS) {
  if (!door.path.startsWith('\0')) mkdirSync(path.dirname(door.path), { recursive: true })
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    let held = ''
    socket.on('error', () => socket.destroy())
    socket.on('data', (chunk) => {
      held += chunk.toString('latin1')
      const end = held.indexOf('\n')
      if (end >= 0) door.serve(held.slice(0, end), (output) => socket.end(output))
    })
  })
  server.listen(door.path, () => {
    if (door.path.startsWith('\0')) return
    chmodSync(door.path, door.mode)
    chownSync(door.path, 0, door.group)
  })
}

// What an internal service hears on loopback and on the machine's own address: a relay that is talked into dialling it is seen.
const HEARD = '/mnt/outer/heard'
writeFileSync(HEARD, '')
for (const address of ['127.0.0.1', '10.1.0.4']) {
  for (const port of [443, 80]) {
    createServer((socket) => {
      socket.on('error', () => socket.destroy())
      socket.on('data', (chunk) => {
        writeFileSync(HEARD, `${address}:${port} ${chunk.toString('latin1')}\n`, { flag: 'a' })
        socket.end()
      })
    }).listen(port, address)
  }
}
// dockerd's own rules: containers reach the outside through the machine.
execFileSync('nft', [
  'add table ip docker-model; add chain ip docker-model post { type nat hook postrouting priority 100; }; add rule ip docker-model post ip saddr 172.18.0.0/16 oifname "eth0" masquerade',
])
console.log('ready')
