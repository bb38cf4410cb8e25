import { type Fault, renderFault } from '../core/fault.ts'
import { renderLogText } from '../core/log-text.ts'
import type { Runner } from './runner.ts'

/** Prints each fault as an annotation of its own. */
export function annotate(runner: Runner, level: 'error' | 'warning', faults: readonly Fault[]): void {
  for (const fault of faults) {
    const message = renderLogText(renderFault(fault))
    if (level === 'error') runner.error(message, fault.title)
    else runner.warning(message, fault.title)
  }
}
