import type { Inputs } from '../../core/inputs/inputs.ts'
import { renderLogText } from '../../core/log-text.ts'
import type { Policy } from '../../core/policy/policy.ts'
import { listRules } from '../../core/policy/render-rule.ts'
import { TWO_FIREWALLS } from '../../core/summary/render-firewall.ts'
import { listCommands } from '../command-variables.ts'
import type { Step } from '../step.ts'
import type { StartedFirewall } from './started-firewall.ts'

export interface SaidTo {
  readonly step: Pick<Step, 'runner' | 'place'>
  readonly inputs: Pick<Inputs, 'providers'>
}

const ONLY_WRAPPED =
  'Only what is started through agent-exec is behind the firewall: write «agent-exec -- <command>» in the agent step.'
const ONLY_COOPERATIVE =
  'Only programs that obey the proxy variables are behind the firewall. It keeps no program that does not want to be kept.'

const FILTERED_COMMANDS =
  'Programs of …-command inputs run as this job’s user, so from now on the firewall filters them too: the hosts that they ask must stand in allowed-domains, or the first credential will be the last.'

/** Says which level the firewall has reached and what it does not protect; whatever is open is a warning, never a line among others. */
export function sayFirewall({ step, inputs }: SaidTo, firewall: StartedFirewall | undefined): void {
  const { runner, place } = step
  if (firewall === undefined) {
    runner.info('No firewall (egress-policy: off): what an agent reads can leave this machine.')
    return
  }
  const { plan, limits } = firewall
  runner.info(renderLogText(`Firewall: ${plan.level}, ${plan.policy.mode} (${plan.why})`))
  const title = place === 'job' ? 'What the later steps may reach' : 'What the command may reach'
  runner.group(title, renderRules(plan.policy))
  const open = [
    // At a terminal the command is started through agent-exec by whoever reads this.
    ...(plan.level === 'wrapped' && place === 'job' ? [ONLY_WRAPPED] : []),
    ...(plan.level === 'cooperative' ? [ONLY_COOPERATIVE] : []),
    ...limits,
  ]
  if (open.length > 0) runner.warning(renderLogText(open.join(' ')), `Firewall: what ${plan.level} leaves open`)
  if (plan.level === 'enforced' && listCommands(inputs.providers).length > 0) {
    runner.notice(FILTERED_COMMANDS, 'Credential programs are filtered')
  }
  if (plan.seemsNative) {
    runner.notice(TWO_FIREWALLS, 'Two firewalls')
  }
}

const MOST_NAMED = 3

/** One line for all rules that stand there for the same reason: the runner's storage alone is a hundred hosts. */
function renderRules(policy: Policy): readonly string[] {
  const groups = Map.groupBy(listRules(policy), ({ verdict, reason }) => `${verdict}\n${reason}`)
  return [...groups.values()].map((rules) => {
    const [{ verdict, reason } = { verdict: 'allow', reason: '' }] = rules
    const named = rules.slice(0, MOST_NAMED).map(({ rule }) => rule)
    const more = rules.length - named.length
    const rest = more === 0 ? '' : ` and ${more} more, all of them in the output allowed-domains`
    return renderLogText(`${verdict} ${named.join(', ')}${rest} – ${reason}`)
  })
}
