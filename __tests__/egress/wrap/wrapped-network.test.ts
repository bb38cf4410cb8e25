import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { findProcesses } from '../../support/find-processes.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { MADE_UP } from './support/stand-in-relay.ts'
import {
  createWrappedJob,
  describeWrapped,
  FORWARDED_PORT,
  PROXY_PORT,
  USER,
  type WrappedJob,
  waitForOutput,
} from './support/wrapped-job.ts'

const NODE = process.execPath

describeWrapped('agent-exec: the command’s network', (method) => {
  let job: WrappedJob
  beforeAll(async () => {
    job = await createWrappedJob({ method })
  })
  beforeEach(() => {
    job.relay.openings.length = 0
  })
  afterAll(async () => {
    await job[Symbol.asyncDispose]()
  })

  const runNode = (script: string): Promise<{ code: number | null; stdout: string; stderr: string }> =>
    job.run([NODE, '--input-type=module', '-e', script], {
      environment: { NODE_EXTRA_CA_CERTS: `${job.directory}/ca.pem` },
    })
  const listOpenings = (): unknown[] => job.relay.openings.filter(({ entrance }) => entrance !== 'dns')
  const opening = (fields: object): object => ({
    uid: USER.uid,
    pid: expect.any(Number) as unknown,
    program: NODE,
    ...fields,
  })

  test('node’s fetch over TLS: the relay sees the name, the made-up address and the program', async () => {
    const run = await runNode("console.log(await (await fetch('https://example.com/')).text())")
    expect(run).toEqual({ code: 0, stdout: '{"host":"example.com","received":0}\n', stderr: '' })
    expect(listOpenings()).toEqual([opening({ entrance: 'tls', address: MADE_UP, port: 443 })])
    expect(job.relay.tlsNames).toContain('example.com')
  })

  test('curl and python, which read no variables of ours', async () => {
    const python = "import urllib.request as r; print(r.urlopen('http://example.com/').read().decode())"
    const run = await job.run([
      'sh',
      '-c',
      'curl -sS --cacert ca.pem https://example.com/; /usr/bin/python3 -c "$0"',
      python,
    ])
    expect(run).toEqual({ code: 0, stdout: '{"host":"example.com","received":0}'.repeat(2).concat('\n'), stderr: '' })
    expect(listOpenings()).toMatchObject([
      { entrance: 'tls', program: '/usr/bin/curl' },
      { entrance: 'http', address: MADE_UP, port: 80 },
    ])
  })

  test.each([
    ['example.com', 22, { entrance: 'tcp', address: MADE_UP, port: 22 }],
    ['192.0.2.99', 5432, { entrance: 'tcp', address: '192.0.2.99', port: 5432 }],
    ['169.254.169.254', 8080, { entrance: 'tcp', address: '169.254.169.254', port: 8080 }],
    ['2001:db8::77', 5432, { entrance: 'tcp', address: '2001:db8::77', port: 5432 }],
    ['::ffff:192.0.2.98', 25, { entrance: 'tcp', address: '192.0.2.98', port: 25 }],
  ])('other TCP: %s port %d goes to the relay with its destination, half-close kept', async (host, port, wanted) => {
    const run = await runNode(`import { connect } from 'node:net'
      const socket = connect({ host: '${host}', port: ${port}, allowHalfOpen: true })
      socket.end('said '); let seen = ''
      for await (const chunk of socket) seen += chunk
      console.log(seen + 'end')`)
    expect(run.stdout).toBe('said end\n')
    expect(listOpenings()).toEqual([opening(wanted)])
  })

  test('lookups are answered over UDP and TCP, at whatever server', async () => {
    const run = await runNode(`import { Resolver } from 'node:dns/promises'
      const resolver = new Resolver({ timeout: 5000, tries: 1 }); resolver.setServers(['192.0.2.53', '[2001:db8::53]'])
      console.log(await resolver.resolve4('a.example'), (await resolver.resolveMx('a.example').catch((e) => e)).code)
      resolver.setServers(['[2001:db8::53]']); console.log(await resolver.resolve4('b.example'))`)
    expect(run.stdout).toBe(`[ '${MADE_UP}' ] ENODATA\n[ '${MADE_UP}' ]\n`)
    const tcp = await job.run(['/usr/bin/python3', '-c', DNS_OVER_TCP])
    expect(tcp).toEqual({ code: 0, stdout: '1\n', stderr: '' })
  })

  test('the sidecar’s port and the proxy’s are where they are outside', async () => {
    const run = await runNode(`for (const port of [${FORWARDED_PORT}, ${PROXY_PORT}])
      console.log((await fetch('http://127.0.0.1:' + port + '/')).status, (await fetch('http://localhost:' + port + '/')).status)`)
    expect(run).toMatchObject({ stdout: '200 200\n200 200\n', stderr: '' })
    const local = opening({ entrance: 'local', address: null, port: FORWARDED_PORT })
    const proxy = opening({ entrance: 'proxy', address: null, port: null })
    expect(listOpenings()).toEqual([local, local, proxy, proxy])
  })

  test('servers inside are reached by IPv4, IPv6 and the own address, by other processes too, without the relay', async () => {
    const run =
      await runNode(`import { createServer } from 'node:http'; import { execFileSync } from 'node:child_process'
      import { promisify } from 'node:util'; import { execFile } from 'node:child_process'
      const server = createServer((_, answer) => answer.end('here')).listen(0, '::')
      await new Promise((run) => server.once('listening', run)); const { port } = server.address()
      for (const host of ['127.0.0.1', '[::1]', 'localhost', '192.0.0.8'])
        console.log((await promisify(execFile)('curl', ['-sS', 'http://' + host + ':' + port])).stdout)
      server.close()`)
    expect(run).toMatchObject({ stdout: 'here\n'.repeat(4), stderr: '' })
    expect(listOpenings()).toEqual([])
  })

  test('what is not TCP is refused at once', async () => {
    const run = await job.run(['/usr/bin/python3', '-c', UDP])
    expect(run).toEqual({ code: 0, stdout: 'EPERM\nEPERM\n', stderr: '' })
  })

  test('large bodies arrive whole in both directions', async () => {
    const run = await runNode(`const url = 'https://example.com/?bytes=20000000'
      console.log((await (await fetch(url)).arrayBuffer()).byteLength)
      const body = Buffer.alloc(5_000_000); console.log(await (await fetch('https://example.com/', { method: 'POST', body })).text())`)
    expect(run).toMatchObject({ stdout: '20000000\n{"host":"example.com","received":5000000}\n', stderr: '' })
  })

  test('without a relay nothing is reached, and it is said once', async () => {
    const lone = await createWrappedJob({ method })
    const child = lone.start(['sh', '-c', 'echo up; read go; for n in 1 2 3; do curl -sS http://192.0.2.9/; done'])
    await waitForOutput(child.stdout, 'up')
    await lone.relay[Symbol.asyncDispose]()
    child.stdin.end('go\n')
    const said = await waitForOutput(child.stderr, 'no such text')
    expect(said.split('the relay of the firewall does not answer')).toHaveLength(2)
    expect(said.match(/curl: \(/g)).toHaveLength(3)
    await lone[Symbol.asyncDispose]()
  })

  test.each(['the bridge', 'the starter'])('%s killed: the command ends, so nothing can pass', async (which) => {
    const child = job.start(['sleep', `${91_000 + process.pid}`])
    const mark = `sleep\0${91_000 + process.pid}\0`
    const running = await waitUntil('the command runs', () => {
      const found = findProcesses(mark).filter((pid) => readArguments(pid) === mark)
      return found.length > 0 && found
    })
    const bridge = findProcesses('entry/bridge.ts').find((pid) => isBelow(pid, child.pid ?? 0))
    process.kill((which === 'the bridge' ? bridge : child.pid) ?? 0, 'SIGKILL')
    const said = await waitForOutput(child.stderr, 'no such text')
    await waitUntil('it has ended', () => running.every((pid) => readArguments(pid) !== mark))
    if (which === 'the bridge') expect(said.match(/the bridge to the network ended/g)).toHaveLength(1)
  })
})

const DNS_OVER_TCP = `
import socket
s = socket.create_connection(('192.0.2.53', 53)); q = bytes.fromhex('abcd01000001000000000000') + b'\\x01a\\x07example\\x00\\x00\\x01\\x00\\x01'
s.sendall(len(q).to_bytes(2, 'big') + q); r = s.recv(600); print(int.from_bytes(r[8:10], 'big'))`

const UDP = `
import socket, errno
for family, address in ((socket.AF_INET, '192.0.2.99'), (socket.AF_INET6, '2001:db8::99')):
    s = socket.socket(family, socket.SOCK_DGRAM)
    try: s.sendto(b'x', (address, 443)); print('sent')
    except OSError as e: print(errno.errorcode[e.errno])`

function readArguments(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

function isBelow(pid: number, ancestor: number): boolean {
  for (let at = pid; at > 1; at = Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${at}/status`, 'utf8'))?.[1])) {
    if (at === ancestor) return true
  }
  return false
}
