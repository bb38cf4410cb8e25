import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createWrappedJob, describeWrapped, type WrappedJob } from './support/wrapped-job.ts'

describeWrapped('agent-exec: what the command cannot do', (method) => {
  let job: WrappedJob
  let kept: WrappedJob
  beforeAll(async () => {
    job = await createWrappedJob({ method })
    kept = await createWrappedJob({
      method,
      config: { readOnlyPaths: [job.directory], hiddenPaths: [join(job.directory, 'hidden')] },
    })
    writeFileSync(join(job.directory, 'hidden'), 'not for the command')
  })
  afterAll(async () => {
    await job[Symbol.asyncDispose]()
    await kept[Symbol.asyncDispose]()
  })
  const runShell = (script: string): ReturnType<WrappedJob['run']> => job.run(['sh', '-c', script])

  test('it has no capability of any kind, and no program gives it one', async () => {
    const { stdout } = await runShell('grep -E "^(Cap|NoNewPrivs)" /proc/self/status')
    const names = ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']
    expect(stdout).toBe([...names.map((name) => `${name}:\t${'0'.repeat(16)}`), 'NoNewPrivs:\t1', ''].join('\n'))
  })

  test.each([
    ['nft list ruleset'],
    ['nft flush ruleset'],
    ['ip link set lo down'],
    ['ip link add up0 type dummy'],
    ['nsenter -t 1 -n -U true'],
    // As root of a user namespace of its own, or of two.
    ['unshare -Ur nft flush ruleset'],
    ['unshare -Ur ip link set lo down'],
    ['unshare -Ur unshare -Ur nft flush ruleset'],
    ['unshare -Urm umount /run'],
    ['unshare -Urm umount -l /proc'],
    ['unshare -Ur nsenter -t 1 -m true'],
  ])('%s fails', async (command) => {
    const script = `unshare -Ur true || exit 99; ${command} 2>/dev/null && exit 98; curl -sS http://192.0.2.9/ -o /dev/null && exit 42`
    expect((await runShell(script)).code).toBe(42)
  })

  test('processes outside, the bridge among them, are not there', async () => {
    const { stdout } = await runShell('for p in /proc/[0-9]*; do tr "\\0" " " <$p/cmdline; echo; done')
    expect(stdout).not.toMatch(/bridge\.ts|jest|agent-exec\.ts/)
    const outside = await runShell(`kill -0 ${process.pid} 2>&1 || ls /proc/${process.pid} 2>&1`)
    expect(outside.stdout).toMatch(/No such/)
  })

  test('sockets of services and of the relay are hidden, and stay so in a mount namespace of its own', async () => {
    const list = `ls -A /run /dev/shm ${job.relayDirectory} | grep -vx mount`
    const { stdout } = await runShell(
      `${list}; unshare -Urm sh -c 'umount ${job.relayDirectory}; umount /run; ${list}' 2>/dev/null`,
    )
    const heads = ['/dev/shm:', '', '/run:', '', `${job.relayDirectory}:`]
    const once = [...heads].join('\n')
    expect(stdout.trim()).toBe(`${once}\n${once}`)
  })

  test('abstract sockets outside are not there', async () => {
    const { createServer } = await import('node:net')
    const server = createServer((socket) => socket.end('outside'))
    const name = `\0agent-exec-${process.pid}`
    await new Promise<void>((resolve) => server.listen(name, resolve))
    const script = `require('node:net').connect('\\0agent-exec-${process.pid}').on('error', (e) => console.log(e.code)).on('data', String)`
    expect((await job.run([process.execPath, '-e', script])).stdout).toBe('ECONNREFUSED\n')
    server.close()
  })

  test('what is to be read only can be read and not changed, what is hidden is empty', async () => {
    const place = job.directory
    const script = `cat ${place}/ca.pem | head -1; touch ${place}/new 2>&1; rm ${place}/agent-exec 2>&1; cat ${place}/hidden | wc -c`
    const { stdout } = await kept.run(['sh', '-c', script])
    expect(stdout).toMatch(
      /^-----BEGIN CERTIFICATE-----\n.*Read-only file system\n.*(Read-only file system|busy)\n0\n$/,
    )
  })

  test('a second agent-exec inside says that it needs none', async () => {
    const run = await runShell(`${job.launcher} -- true`)
    expect(run.code).toBe(125)
    expect(run.stderr).toContain('already runs inside agent-exec')
  })

  const withFilter = method === 'bwrap' ? test : test.skip
  withFilter('sockets of other families and text for the terminal are refused', async () => {
    const script = `
      for my $family (40, 17, 38, 31) { print socket(my $s, $family, 1, 0) ? "open" : $!{EAFNOSUPPORT} ? "refused" : $!, "\\n" }
      my $text = "x"; ioctl(STDIN, 0x5412, $text); print $!{EPERM} ? "refused" : $!, "\\n"; print syscall(425, 1, 0), $!{ENOSYS} ? "refused" : $!, "\\n";
      print socket(my $u, 1, 1, 0) && socket(my $i, 2, 1, 0) && socket(my $n, 16, 3, 0) ? "kept" : $!, "\\n"`
    expect((await job.run(['perl', '-MErrno', '-e', script])).stdout).toBe(`${'refused\n'.repeat(5)}-1refused\nkept\n`)
  })

  test('with a terminal: it is the command’s own, and its interrupt key ends the command and nothing else', async () => {
    const inner =
      'trap "echo interrupted; exit 5" INT; tty; test -t 0 && test -t 1 && echo terminal; while :; do sleep 0.02; done'
    writeFileSync(join(job.directory, 'inner.sh'), inner)
    // Types ^C as soon as the terminal is seen to work.
    const python = `
import os, pty, sys
pid, fd = pty.fork()
if pid == 0: os.execv('${job.launcher}', ['agent-exec', '--', 'sh', 'inner.sh'])
seen = b''
while True:
    try: chunk = os.read(fd, 1000)
    except OSError: break
    if not chunk: break
    seen += chunk
    if b'terminal' in seen and b'interrupted' not in seen and not os.environ.get('TYPED'): os.environ['TYPED'] = '1'; os.write(fd, b'\\x03')
print(seen.decode().replace('\\r', ''), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))`
    const { spawnSync } = await import('node:child_process')
    const { asUser, PATH } = await import('./support/wrapped-job.ts')
    const run = spawnSync('/usr/bin/python3', ['-c', python], {
      ...asUser,
      cwd: job.directory,
      env: { PATH },
      encoding: 'utf8',
      timeout: 20_000,
    })
    expect(run.stdout).toMatch(/^\/dev\/pts\/\d+\nterminal\n\^Cinterrupted\n 5\n$/)
  })
})
