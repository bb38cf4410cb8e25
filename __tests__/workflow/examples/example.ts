import type { FakeService } from '../../fakes/exchange.ts'
import type { RecordedRequest } from '../../fakes/recording.ts'
import type { KnownSecret } from '../../support/find-leaks.ts'
import type { Leg } from '../expand-matrix.ts'
import type { Inhabitant } from '../machine.ts'
import type { JobRecord, WorkflowRun } from '../run-workflow.ts'
import type { ProgramRecord } from '../stand-ins/ask-model.ts'

/** The world that one example needs: everything outside of the runner, and what GitHub would fill in. */
export interface ExampleWorld {
  /** Virtual hosts by their real names; each refuses whatever does not carry exactly its one credential. */
  readonly hosts: Readonly<Record<string, FakeService>>
  readonly given?: NonNullable<WorkflowRun['given']>
  /** Everything secret, also what came into being meanwhile. */
  readonly secrets: () => readonly KnownSecret[]
  /** Inputs of this action that name something of a real machine: replaced, with the reason beside it in the row. */
  readonly replaced?: Readonly<Record<string, string>>
  /** Removes what the world put on this machine. */
  readonly close?: () => void
}

/** What is expected of one leg of a job. */
export interface Expected {
  /** `kind outcome`, or only the outcome of a skipped step, in order. */
  readonly steps: readonly string[]
  /** Rights of the job beyond reading its repository. */
  readonly rights?: Readonly<Record<string, 'write'>>
  /** Stand-ins of agents that ran, in any order; the real `curl` notes nothing. */
  readonly agents: readonly string[]
  /** Where the model was asked, `host path`, each at least once and successfully. */
  readonly model: readonly string[]
  /** Outputs of our step, as far as the example uses or explains them. */
  readonly outputs?: Readonly<Record<string, unknown>>
  /** Found in the summaries of the job, ours among them. */
  readonly summary: readonly (string | RegExp)[]
}

export interface ExampleRow {
  readonly file: string
  /** Where an example is run more than once. */
  readonly when?: string
  readonly create: () => ExampleWorld
  readonly inhabitant?: Inhabitant
  /** Programs of the machine that the example calls, beside bash. */
  readonly programs?: readonly string[]
  /** Why the example cannot be run on this machine, in half a sentence; undefined when it can. */
  readonly findObstacle?: () => string | undefined
  /** Files below which a secret is known to lie by the workflow's own doing. */
  readonly knownPlaces?: readonly string[]
  readonly expected: (leg: Leg) => Expected
  /** What is to be seen in this one beside what holds for all. */
  readonly also?: readonly { readonly what: string; readonly look: (run: RunExample) => void }[]
}

/** What an example left when it had run. */
export interface RunExample {
  readonly legs: readonly RunLeg[]
  /** Everything that reached a host. */
  readonly requests: readonly RecordedRequest[]
  readonly bytes: string
}

/** One leg of its job, with what was seen on the way. */
export interface RunLeg extends JobRecord {
  readonly programs: readonly ProgramRecord[]
  /** Values that stand for a key in the environment of later steps. */
  readonly tokens: readonly string[]
  /** Where a secret was found, before the posts and after. */
  readonly leaks: readonly string[]
}

/** The ways a step of an example can be executed, and that it succeeds, in the words of Expected. */
export const CHECKOUT = 'stand-in success'
export const MAIN = 'bundles success'
export const SCRIPT = 'script success'
export const SKIPPED = 'none skipped'

export const conversation = { text: 'the answer' }

/** Secrets by name for the search. */
export function nameSecrets(secrets: Readonly<Record<string, string>>): readonly KnownSecret[] {
  return Object.entries(secrets).map(([name, value]) => ({ name, value }))
}
