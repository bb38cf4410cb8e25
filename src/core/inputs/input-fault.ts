import type { Fault, FaultCode } from '../fault.ts'
import type { InputName } from './input-table.ts'

export interface InputFaultParts {
  /** Shape or harmless value, fits behind "found". */
  readonly found: string
  /** Fits behind "needed is". */
  readonly needed: string
  readonly fix: string
  readonly code?: FaultCode
}

/** Renders a fault of one input in the four parts every fault has. */
export function createInputFault(input: InputName, parts: InputFaultParts): Fault {
  return {
    code: parts.code ?? 'input-invalid',
    input,
    title: `${input} is not usable`,
    message: `Cannot use ${input}: found ${parts.found}; needed is ${parts.needed}.`,
    fix: parts.fix,
  }
}

/** Renders a fault of inputs that exclude or require each other; it belongs to the one that should change. */
export function createConflictFault(input: InputName, message: string, fix: string): Fault {
  return { code: 'input-conflict', input, title: `${input} does not fit the other inputs`, message, fix }
}
