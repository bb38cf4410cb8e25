import type { Fault } from '../fault.ts'
import { type GivenInputs, normalizeText } from './given-inputs.ts'
import { createConflictFault } from './input-fault.ts'
import { type InputName, isInputName } from './input-table.ts'
import { type ConfigValue, renderPlace } from './parse-config.ts'
import type { YamlPlace } from './yaml-mapping.ts'

/** Joins the inputs given directly with those of `config`; two different values for one input are a fault. */
export function mergeConfig(
  direct: GivenInputs,
  config: ReadonlyMap<InputName, ConfigValue>,
  faults: Fault[],
): Map<InputName, string> {
  const given = new Map(direct)
  for (const [name, { text, place }] of config) {
    const other = direct.get(name)
    if (other === undefined) given.set(name, text)
    else if (other !== text) faults.push(createContradiction(name, place))
  }
  return given
}

/**
 * Contradictions between `config` and defaults that somebody has written out. A runner gives the default of every input that was left
 * out, so there they cannot be told; where only what was written is given, `--egress-policy block` must not lose silently.
 */
export function findOverruled(
  raw: ReadonlyMap<string, string>,
  config: ReadonlyMap<InputName, ConfigValue>,
): readonly Fault[] {
  return [...raw].flatMap(([name, text]) => {
    const value = isInputName(name) && normalizeText(name, text) === undefined ? config.get(name) : undefined
    return value === undefined ? [] : [createContradiction(name as InputName, value.place)]
  })
}

function createContradiction(name: InputName, place: YamlPlace): Fault {
  const message = `${name} is given directly and, with another value, in config (${renderPlace(place)}).`
  return createConflictFault(name, message, 'Leave one of the two out.')
}

/** Adds to each fault of an input that came from `config` where it stands there; of an entry of a list, where that stands. */
export function locateFaults(faults: readonly Fault[], config: ReadonlyMap<string, ConfigValue>): readonly Fault[] {
  return faults.map((fault) => {
    const value = fault.input === undefined ? undefined : config.get(fault.input)
    if (value === undefined || fault.code === 'input-conflict') return fault
    const place = (fault.line === undefined ? undefined : value.lines?.[fault.line - 1]) ?? value.place
    return { ...fault, message: `${fault.message} It stands in config, ${renderPlace(place)}.` }
  })
}
