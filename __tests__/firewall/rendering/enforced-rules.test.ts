import path from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { findMissingRules } from '../../../src/firewall/find-missing-rules.ts'
import { TABLE } from '../../../src/firewall/plan.ts'
import { deriveRouteCommands, renderNftUndo } from '../../../src/firewall/render-nft.ts'
import { describeWith } from '../../support/needs.ts'
import type { Namespace, Probe } from '../../support/network-lab.ts'
import {
  CONTAINER,
  ENFORCED,
  INSIDE,
  METADATA,
  OUTSIDE,
  OUTSIDE6,
  PORTS,
  RELAY,
  ROOT,
  RUNNER,
  RulesLab,
  SIDECAR,
} from './rules-lab.ts'

const needs = { programs: ['nft', 'ip', 'unshare', 'nsenter', 'sysctl', 'python3', 'ping'], isRoot: true }

/** A server in the outside world that says «outside» to whoever reaches it. */
async function serve(where: Namespace, host: string, port: number): Promise<Probe> {
  const server = where.start({ kind: 'tcp-serve', uid: ROOT, at: { host, port }, says: 'outside' })
  expect(await server.next()).toEqual({ listening: true })
  return server
}

describeWith(needs, 'renderNft(), enforced and block, loaded: TCP', () => {
  let lab: RulesLab
  beforeAll(async () => {
    lab = await RulesLab.create()
    await lab.startRelay()
    for (const port of [443, 80, 22, 53]) await serve(lab.outside, '::', port)
    await lab.inside.ask({ kind: 'tcp-serve', uid: RUNNER, at: { host: '0.0.0.0', port: 8080 }, says: 'own server' })
    await lab.container.ask({ kind: 'tcp-serve', uid: 999, at: { host: '0.0.0.0', port: 5432 }, says: 'container' })
    await lab.load(ENFORCED)
  })
  afterAll(() => lab[Symbol.asyncDispose]())

  test.each([
    { who: 'the runner', uid: RUNNER, host: OUTSIDE, port: 443, reaches: `${PORTS.tls}` },
    { who: 'the runner', uid: RUNNER, host: OUTSIDE, port: 80, reaches: `${PORTS.http}` },
    { who: 'the runner', uid: RUNNER, host: OUTSIDE, port: 22, reaches: `${PORTS.tcp}` },
    { who: 'the runner', uid: RUNNER, host: OUTSIDE, port: 53, reaches: `${PORTS.dnsTcp}` },
    { who: 'the runner', uid: RUNNER, host: OUTSIDE6, port: 443, reaches: `${PORTS.tls}` },
    { who: 'the runner', uid: RUNNER, host: OUTSIDE6, port: 22, reaches: `${PORTS.tcp}` },
    { who: 'the runner', uid: RUNNER, host: '198.18.0.7', port: 443, reaches: `${PORTS.tls}` },
    { who: 'the runner', uid: RUNNER, host: METADATA, port: 80, reaches: `${PORTS.http}` },
    { who: 'another account', uid: 4711, host: OUTSIDE, port: 443, reaches: `${PORTS.tls}` },
    { who: 'root', uid: ROOT, host: OUTSIDE, port: 443, reaches: `${PORTS.tls}` },
    { who: 'root', uid: ROOT, host: METADATA, port: 80, reaches: 'outside' },
    { who: 'root', uid: ROOT, host: METADATA, port: 53, reaches: `${PORTS.dnsTcp}` },
    { who: 'the relay', uid: RELAY, host: OUTSIDE, port: 443, reaches: 'outside' },
    { who: 'the relay', uid: RELAY, host: OUTSIDE6, port: 443, reaches: 'outside' },
    { who: 'the sidecar', uid: SIDECAR, host: OUTSIDE, port: 22, reaches: 'outside' },
    { who: 'the runner', uid: RUNNER, host: INSIDE, port: 8080, reaches: 'own server' },
    { who: 'the runner', uid: RUNNER, host: '127.0.0.1', port: 8080, reaches: 'own server' },
    { who: 'the runner', uid: RUNNER, host: CONTAINER, port: 5432, reaches: 'container' },
  ])('TCP of $who to $host:$port reaches $reaches', async ({ uid, host, port, reaches }) => {
    expect(await lab.inside.ask({ kind: 'tcp', uid, at: { host, port } })).toEqual({ text: reaches })
  })
})

describeWith(needs, 'renderNft(), enforced and block, loaded: other than TCP', () => {
  test('UDP: lookups anywhere are answered here, the rest is refused at once and recorded with its sender', async () => {
    await using lab = await RulesLab.create()
    await lab.startRelay()
    const resolver = lab.outside.start({
      kind: 'udp-serve',
      uid: ROOT,
      at: { host: OUTSIDE, port: 53 },
      says: 'outside',
    })
    await resolver.next()
    await lab.load(ENFORCED)
    const ask = (uid: number, host: string, port: number) => lab.inside.ask({ kind: 'udp', uid, at: { host, port } })
    for (const host of [OUTSIDE, OUTSIDE6, '127.0.0.53', '198.18.0.7'])
      expect(await ask(RUNNER, host, 53)).toEqual({ text: `${PORTS.dnsUdp}` })
    expect(await ask(RELAY, OUTSIDE, 53)).toEqual({ text: 'outside' })
    for (const host of [OUTSIDE, OUTSIDE6, '198.18.0.7', '224.0.0.251'])
      expect(await ask(RUNNER, host, 443)).toEqual({ error: 'EPERM' })
    await expect(lab.inside.run('ping', '-c1', '-W1', OUTSIDE)).rejects.toThrow()
    const dropped = await lab.readDropped()
    expect(dropped).toContainEqual({
      set: 'dropped4',
      uid: RUNNER,
      address: OUTSIDE,
      protocol: 'udp',
      port: 443,
      packets: 1,
    })
    expect(dropped).toContainEqual({
      set: 'dropped6',
      uid: RUNNER,
      address: OUTSIDE6,
      protocol: 'udp',
      port: 443,
      packets: 1,
    })
    expect(dropped).toContainEqual({
      set: 'portless4',
      uid: ROOT,
      address: OUTSIDE,
      protocol: 'icmp',
      port: null,
      packets: 1,
    })
    expect(dropped.filter(({ uid }) => uid === RELAY)).toEqual([])
  })

  test('a connection that was open before is cut, and what it sent does not arrive', async () => {
    await using lab = await RulesLab.create()
    const server = await serve(lab.outside, OUTSIDE, 443)
    const open = lab.inside.start({ kind: 'tcp-stay', uid: RUNNER, at: { host: OUTSIDE, port: 443 } })
    expect(await open.next()).toEqual({ text: 'outside' })
    await lab.load(ENFORCED)
    open.proceed()
    expect(await open.next()).toEqual({ error: 'ECONNRESET' })
    // The next that arrives there comes from the relay.
    const relay = lab.inside.start({ kind: 'tcp-stay', uid: RELAY, at: { host: OUTSIDE, port: 443 } })
    await relay.next()
    relay.proceed()
    expect(await server.next()).toEqual({ received: `more from ${RELAY}` })
  })

  test('who calls from outside gets answers from root and from nobody else', async () => {
    await using lab = await RulesLab.create()
    await lab.inside.ask({ kind: 'tcp-serve', uid: ROOT, at: { host: INSIDE, port: 22 }, says: 'sshd' })
    await lab.inside.ask({ kind: 'tcp-serve', uid: RUNNER, at: { host: INSIDE, port: 8080 }, says: 'secrets' })
    await lab.load(ENFORCED)
    expect(await lab.outside.ask({ kind: 'tcp', uid: ROOT, at: { host: INSIDE, port: 22 } })).toEqual({ text: 'sshd' })
    expect(await lab.outside.ask({ kind: 'tcp', uid: ROOT, at: { host: INSIDE, port: 8080 } })).toEqual({
      error: 'silence',
    })
    expect((await lab.readDropped()).map(({ uid }) => uid)).toContain(RUNNER)
  })

  test('a session of root’s that was open before goes on', async () => {
    await using lab = await RulesLab.create()
    await lab.inside.ask({ kind: 'tcp-serve', uid: ROOT, at: { host: INSIDE, port: 22 }, says: 'sshd' })
    const session = lab.outside.start({ kind: 'tcp-stay', uid: ROOT, at: { host: INSIDE, port: 22 } })
    expect(await session.next()).toEqual({ text: 'sshd' })
    await lab.load(ENFORCED)
    session.proceed()
    expect(await session.next()).toEqual({ text: 'heard' })
  })

  test('a host with IPv6 only and without default route reaches made-up addresses, and the relay goes out by IPv6', async () => {
    await using lab = await RulesLab.create()
    await lab.startRelay()
    await serve(lab.outside, OUTSIDE6, 443)
    for (const device of ['up0', 'docker0']) await lab.inside.run('ip', '-4', 'addr', 'flush', 'dev', device)
    await lab.inside.run('ip', '-6', 'route', 'del', 'default')
    await lab.load(ENFORCED)
    const call = (uid: number, host: string) => lab.inside.ask({ kind: 'tcp', uid, at: { host, port: 443 } })
    expect(await call(RUNNER, '198.18.0.7')).toEqual({ text: `${PORTS.tls}` })
    expect(await call(RELAY, OUTSIDE6)).toEqual({ text: 'outside' })
    expect(await call(RUNNER, OUTSIDE6)).toEqual({ text: `${PORTS.tls}` })
  })

  test('what a container sends through this machine is refused at once and recorded', async () => {
    await using lab = await RulesLab.create()
    await serve(lab.outside, OUTSIDE, 443)
    const call = { kind: 'tcp', uid: ROOT, at: { host: OUTSIDE, port: 443 } } as const
    expect(await lab.container.ask(call)).toEqual({ text: 'outside' })
    await lab.load(ENFORCED)
    expect(await lab.container.ask(call)).toEqual({ error: 'ECONNREFUSED' })
    expect(await lab.container.ask({ ...call, kind: 'udp' })).not.toEqual({ text: 'outside' })
    expect(await lab.readDropped()).toContainEqual(
      expect.objectContaining({ set: 'unowned4', uid: null, address: OUTSIDE, protocol: 'tcp', port: 443 }),
    )
  })

  test('a flow of the relay does not carry what another user sends from the same port', async () => {
    await using lab = await RulesLab.create()
    const server = lab.outside.start({
      kind: 'udp-serve',
      uid: ROOT,
      at: { host: OUTSIDE, port: 5300 },
      says: 'outside',
    })
    await server.next()
    await lab.load(ENFORCED)
    const send = (uid: number) => lab.inside.ask({ kind: 'udp', uid, at: { host: OUTSIDE, port: 5300 }, from: 40_000 })
    expect(await send(RELAY)).toEqual({ text: 'outside' })
    expect(await send(RUNNER)).toEqual({ error: 'EPERM' })
  })

  test.each([
    { facts: undefined, frames: 'many frames without rules' },
    { facts: ENFORCED, frames: 'no frame in block mode' },
  ])('devices, options and addresses of a socket put $frames onto the wire', async ({ facts }) => {
    await using lab = await RulesLab.create()
    if (facts !== undefined) await lab.load(facts)
    const watch = lab.outside.open('python3', TRICKS, 'watch', 'down0')
    expect((await watch.next()).value).toBe('ready')
    await lab.inside.run('python3', TRICKS, 'send', `${RUNNER}`, 'up0', OUTSIDE, OUTSIDE6)
    // The relay's word comes last: then everything before it has been seen.
    await lab.inside.ask({ kind: 'udp', uid: RELAY, at: { host: OUTSIDE, port: 5300 }, says: 'END' })
    const frames: string[] = []
    for await (const frame of watch) frames.push(frame)
    if (facts === undefined) expect(frames.length).toBeGreaterThan(20)
    else expect(frames).toEqual([])
  })
})

const TRICKS = path.join(import.meta.dirname, 'wire_tricks.py')

describeWith(needs, 'renderNft(), enforced and audit, loaded', () => {
  test('nothing is dropped: datagrams, open connections and containers pass and are recorded; lookups and TCP still come here', async () => {
    await using lab = await RulesLab.create()
    await lab.startRelay()
    await serve(lab.outside, OUTSIDE, 443)
    await lab.outside.ask({ kind: 'udp-serve', uid: ROOT, at: { host: OUTSIDE, port: 443 }, says: 'outside' })
    const open = lab.inside.start({ kind: 'tcp-stay', uid: RUNNER, at: { host: OUTSIDE, port: 443 } })
    expect(await open.next()).toEqual({ text: 'outside' })
    await lab.load({ ...ENFORCED, mode: 'audit' })
    open.proceed()
    const at = { host: OUTSIDE, port: 443 }
    expect(await open.next()).toEqual({ text: 'heard' })
    expect(await lab.inside.ask({ kind: 'udp', uid: RUNNER, at })).toEqual({ text: 'outside' })
    expect(await lab.container.ask({ kind: 'tcp', uid: ROOT, at })).toEqual({ text: 'outside' })
    expect(await lab.inside.ask({ kind: 'tcp', uid: RUNNER, at })).toEqual({ text: `${PORTS.tls}` })
    expect(await lab.inside.ask({ kind: 'udp', uid: RUNNER, at: { host: OUTSIDE, port: 53 } })).toEqual({
      text: `${PORTS.dnsUdp}`,
    })
    expect(await lab.inside.ask({ kind: 'udp', uid: RUNNER, at: { host: '198.18.0.7', port: 443 } })).toEqual({
      error: 'EPERM',
    })
    expect(await lab.readDropped()).toContainEqual(
      expect.objectContaining({ uid: RUNNER, address: OUTSIDE, protocol: 'udp', port: 443 }),
    )
  })
})

describeWith(needs, 'renderNftUndo()', () => {
  test('leaves nothing of rules and routes, also when asked twice', async () => {
    await using lab = await RulesLab.create()
    const routes = await lab.inside.run('ip', '-4', 'route', 'show', 'table', 'all')
    const plan = await lab.load(ENFORCED)
    await lab.load(ENFORCED)
    expect(await lab.inside.run('ip', '-4', 'route', 'show', 'table', 'all')).not.toBe(routes)
    for (const command of deriveRouteCommands(plan).remove) await lab.inside.run('ip', ...command)
    await lab.inside.feed(renderNftUndo(plan), 'nft', '-f', '-')
    await lab.inside.feed(renderNftUndo(plan), 'nft', '-f', '-')
    expect(await lab.inside.run('nft', 'list', 'ruleset')).toBe('')
    expect(await lab.inside.run('ip', '-4', 'route', 'show', 'table', 'all')).toBe(routes)
  })
})

describeWith(needs, 'findMissingRules()', () => {
  test('finds nothing in what was loaded, and names a chain, a rule or a table that is gone', async () => {
    await using lab = await RulesLab.create()
    const plan = await lab.load(ENFORCED)
    const list = (): Promise<string> => lab.inside.run('nft', '-j', 'list', 'table', 'inet', TABLE)
    expect(findMissingRules(plan, await list())).toEqual([])
    await lab.inside.run('nft', 'flush', 'chain', 'inet', TABLE, 'arriving')
    expect(findMissingRules(plan, await list())).toEqual(['rule loopback of chain arriving'])
    await lab.inside.run('nft', 'delete', 'chain', 'inet', TABLE, 'arriving')
    await lab.inside.run('nft', 'insert', 'rule', 'inet', TABLE, 'leaving', 'accept')
    await lab.inside.run('nft', 'add', 'chain', 'inet', TABLE, 'passing', '{ policy accept; }')
    expect(findMissingRules(plan, await list())).toEqual([
      'rule own-addresses of chain leaving',
      'chain passing',
      'chain arriving',
    ])
    expect(findMissingRules(plan, '')).toEqual([`table inet ${TABLE}`])
  })
})
