import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { deriveRulePlan } from '../../../src/firewall/derive-rule-plan.ts'
import { deriveRouteCommands, renderNft, renderNftUndo } from '../../../src/firewall/render-nft.ts'
import { describeWith } from '../../support/needs.ts'
import { OUTSIDE, OUTSIDE6, PORTS, RELAY, RUNNER, RulesLab } from './rules-lab.ts'

const WRAPPED = { kind: 'wrapped', ports: PORTS } as const

describeWith({ programs: ['nft', 'ip', 'unshare', 'nsenter', 'sysctl'], isRoot: true }, 'renderNft(), wrapped', () => {
  let lab: RulesLab
  beforeAll(async () => {
    lab = await RulesLab.create()
    await lab.startRelay()
    // The wrapper's namespace has loopback only.
    await lab.inside.run('ip', 'link', 'del', 'up0')
    await lab.inside.run('ip', 'link', 'del', 'docker0')
    await lab.load(WRAPPED)
  })
  afterAll(() => lab[Symbol.asyncDispose]())

  test.each([
    { host: OUTSIDE, port: 443, reaches: `${PORTS.tls}` },
    { host: OUTSIDE6, port: 80, reaches: `${PORTS.http}` },
    { host: '198.18.0.7', port: 22, reaches: `${PORTS.tcp}` },
    { host: OUTSIDE, port: 53, reaches: `${PORTS.dnsTcp}` },
  ])('TCP to $host:$port reaches the bridge’s port $reaches, whoever asks', async ({ host, port, reaches }) => {
    for (const uid of [RUNNER, RELAY])
      expect(await lab.inside.ask({ kind: 'tcp', uid, at: { host, port } })).toEqual({ text: reaches })
  })

  test('lookups are answered, other datagrams are refused at once and recorded', async () => {
    const ask = (host: string, port: number) => lab.inside.ask({ kind: 'udp', uid: RUNNER, at: { host, port } })
    expect(await ask(OUTSIDE, 53)).toEqual({ text: `${PORTS.dnsUdp}` })
    expect(await ask(OUTSIDE6, 53)).toEqual({ text: `${PORTS.dnsUdp}` })
    expect(await ask(OUTSIDE, 443)).toEqual({ error: 'EPERM' })
    expect(await lab.readDropped()).toEqual([
      { set: 'dropped4', uid: RUNNER, address: OUTSIDE, protocol: 'udp', port: 443, packets: 1 },
    ])
  })

  test('loads with the rights that a user namespace gives, and its undo leaves nothing', async () => {
    const plan = deriveRulePlan(WRAPPED)
    const routes = deriveRouteCommands(plan).add.map((command) => `ip ${command.join(' ')}`)
    const script = [
      'ip link set lo up',
      ...routes,
      'nft -f "$1"',
      'nft list ruleset | wc -l',
      'nft -f "$2"',
      'nft list ruleset',
    ]
    const files = `set -e; r=$(mktemp) u=$(mktemp); printf %s "$1" >"$r"; printf %s "$2" >"$u"; chmod 644 "$r" "$u"
unshare --user --map-root-user --net sh -e -c '${script.join('; ')}' - "$r" "$u"; rm "$r" "$u"`
    const said = await lab.inside.run('sh', '-c', files, '-', renderNft(plan), renderNftUndo(plan))
    expect(Number(said.trim())).toBeGreaterThan(20)
  })
})
