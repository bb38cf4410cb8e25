import { renderLogText } from '../../core/log-text.ts'
import { listRules } from '../../core/policy/render-rule.ts'
import type { Step } from '../step.ts'
import type { StartedFirewall } from './started-firewall.ts'

const ONLY_WRAPPED =
  'Only what is started through agent-exec is behind the firewall: write «agent-exec -- <command>» in the agent step.'
const ONLY_COOPERATIVE =
  'Only programs that obey the proxy variables are behind the firewall. It keeps no program that does not want to be kept.'

/** Says which level the firewall has reached and what it does not protect; whatever is open is a warning, never a line among others. */
export function sayFirewall({ runner, place }: Step, firewall: StartedFirewall | undefined): void {
  if (firewall === undefined) {
    runner.info('No firewall (egress-policy: off): what an agent reads can leave this machine.')
    return
  }
  const { plan, limits } = firewall
  runner.info(renderLogText(`Firewall: ${plan.level}, ${plan.mode} (${plan.why})`))
  runner.group(
    place === 'job' ? 'What the later steps may reach' : 'What the command may reach',
    listRules(plan.policy).map(({ verdict, rule, reason }) => renderLogText(`${verdict} ${rule} – ${reason}`)),
  )
  const open = [
    // At a terminal the command is started through agent-exec by whoever reads this.
    ...(plan.level === 'wrapped' && place === 'job' ? [ONLY_WRAPPED] : []),
    ...(plan.level === 'cooperative' ? [ONLY_COOPERATIVE] : []),
    ...limits,
  ]
  if (open.length > 0) runner.warning(renderLogText(open.join(' ')), `Firewall: what ${plan.level} leaves open`)
  if (plan.seemsNative) {
    runner.notice(
      'This runner seems to have GitHub’s own egress firewall outside the machine. It decides last: a host must be allowed by both.',
      'Two firewalls',
    )
  }
}
