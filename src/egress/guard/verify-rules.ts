import type { EgressEvent } from '../../core/egress-event.ts'
import { GuardFailure } from './guard-failure.ts'
import { PROOF_ADDRESS, PROOF_NAME, PROOF_PORT } from './made-up-answer.ts'
import type { Proof } from './run-proof.ts'
import { describeError, runTool } from './run-tool.ts'
import { deriveUnprivilegedCommand, type Identity } from './unprivileged-command.ts'

export interface RuleProof {
  readonly runner: Identity
  /** Node and the guard's own bundle, as copied. */
  readonly node: string
  readonly guard: string
}

const LIMIT_MS = 8000

/** Tries, as the runner's user, what must be refused. Throws a GuardFailure that names what was not. */
export async function verifyRules({ runner, node, guard }: RuleProof): Promise<void> {
  const command = [node, '--disable-sigusr1', guard, 'prove']
  const words = deriveUnprivilegedCommand({ identity: runner, isConfined: true, command })
  const { status, stdout, stderr } = await runTool(words, { timeoutMs: LIMIT_MS })
  const proof = status === 0 ? (JSON.parse(stdout) as Proof) : undefined
  if (proof === undefined)
    throw new GuardFailure(
      `The rules could not be proven: the trial as the runner did not run (${describeError(stderr)}).`,
    )
  const open = [
    ...(proof.isDnsOurs ? [] : ['a DNS question was not answered by the relay']),
    ...(proof.isTcpRefused ? [] : ['a connection was not refused']),
    ...(proof.isUdpRefused ? [] : ['a datagram was not refused']),
  ]
  if (open.length > 0) throw new GuardFailure(`The rules are loaded but do not hold: ${open.join(', ')}.`)
}

/** True for an event that the proof itself caused: nobody wants to read of it. No other name or host has that address. */
export function isOfProof({ host, address, port }: EgressEvent): boolean {
  return host === PROOF_NAME || address === PROOF_ADDRESS || (host === null && address === null && port === PROOF_PORT)
}
