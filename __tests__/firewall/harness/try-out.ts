import type { BypassCase } from '../cases/case.ts'
import type { Level } from '../levels/level.ts'
import { createContext } from './context.ts'
import { findLeaks } from './evidence.ts'
import type { World } from './world.ts'

export const CERTIFICATES = { CA: '/mnt/stage/ca.pem', CURL_CA_BUNDLE: '/mnt/stage/ca.pem', STAGE: '/mnt/stage' }

/** Sends something on three ways that no list allows. @returns what the outside saw; empty when nothing passed. */
export async function tryToLeak(world: World, level: Level): Promise<string[]> {
  const script = 'curl -sk -m 2 https://$V4/$MARKER; curl -s -m 2 http://$NAME/$MARKER; attack udp $V4 9999 $MARKER'
  return runScript(world, level, script)
}

/** Runs a script as the runner's user and judges it like a case of the suite. */
export async function runScript(world: World, level: Level, script: string): Promise<string[]> {
  const context = createContext({ ...CERTIFICATES, ...level.environment })
  const proof = { marker: 'anywhere', addresses: [], ownAddresses: true } as const
  const base = { kind: 'bypass', row: '', name: '', leaksWithout: true, knownLeaks: [] } as const
  const one: BypassCase = { ...base, script, proof }
  const outcome = await level.run(one, context).outcome
  return findLeaks(one, context, { outcome, evidence: await world.evidence() })
}

/** Asks an allowed host as the runner's user. @returns what curl printed. */
export async function askAllowed(world: World): Promise<string> {
  const command = ['curl', '-sS', '-m', '3', 'https://allowed.example.com/asked']
  const { output } = await world.machine.start(command, { user: 'runner', environment: CERTIFICATES }).outcome
  return output
}
