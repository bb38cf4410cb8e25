import { createAllowedIpsTarget, createAllowListTarget } from '../../fuzz/targets/allow-list.ts'
import { createConfigTarget } from '../../fuzz/targets/config.ts'
import { createCommandOutputTarget, createTokenAnswersTarget } from '../../fuzz/targets/credential-texts.ts'
import { createInputsTarget } from '../../fuzz/targets/inputs.ts'
import { createLogLinesTarget } from '../../fuzz/targets/log-lines.ts'
import { createLogTextTarget, createSummaryTarget } from '../../fuzz/targets/printed-texts.ts'
import { parseCommandOutput } from '../../src/core/credentials/parse-command-output.ts'
import { readStep } from '../../src/core/credentials/read-step.ts'
import { parseConfig } from '../../src/core/inputs/parse-config.ts'
import { parseInputs } from '../../src/core/inputs/parse-inputs.ts'
import { parseAllowList } from '../../src/core/policy/parse-allow-list.ts'
import { parseAllowedIps } from '../../src/core/policy/parse-allowed-ips.ts'
import { addLogLine } from '../../src/core/report/add-log-line.ts'
import { parseEgressEvent } from '../../src/core/report/parse-egress-event.ts'
import { parseReport } from '../../src/core/report/parse-report.ts'
import { renderFirewall } from '../../src/core/summary/render-firewall.ts'
import { holdTarget } from './hold-target.ts'

holdTarget(createInputsTarget(), [
  {
    defect: 'shows a key in a fault',
    create: () =>
      createInputsTarget((raw, runner) => {
        const result = parseInputs(raw, runner)
        if (result.kind === 'ok') return result
        const key = raw.get('openai-api-key')?.trim() ?? ''
        return { ...result, faults: result.faults.map((fault) => ({ ...fault, message: fault.message + key })) }
      }),
  },
])

holdTarget(createConfigTarget(), [
  {
    defect: 'counts lines from another place',
    create: () =>
      createConfigTarget((text, faults) => {
        const values = parseConfig(text, faults)
        return new Map(
          [...values].map(([name, value]) => [name, { ...value, place: { line: value.place.line + 9, column: 1 } }]),
        )
      }),
  },
  {
    defect: 'reads words as YAML 1.1 does',
    create: () =>
      createConfigTarget((text, faults) => {
        const values = parseConfig(text, faults)
        return new Map(
          [...values].map(([name, value]) => [name, { ...value, text: value.text === 'yes' ? 'true' : value.text }]),
        )
      }),
  },
])

holdTarget(createAllowListTarget(), [
  {
    defect: 'compares the ends of names',
    create: () =>
      createAllowListTarget({
        parse: parseAllowList,
        decide: (policy, { name }) => {
          const rule = policy.hosts.find((each) => name.endsWith(each.name))
          return rule === undefined
            ? { verdict: 'blocked', reason: 'not-allowed' }
            : { verdict: 'allowed', rule: rule.name, mayBePrivate: false }
        },
      }),
  },
])

holdTarget(createAllowedIpsTarget(), [
  {
    defect: 'keeps a network as it was written',
    create: () =>
      createAllowedIpsTarget((text, context) => {
        const { addresses, faults } = parseAllowedIps(text, context)
        return {
          faults,
          addresses: addresses.map((rule) => ({ ...rule, network: rule.network.replace('db8', '0db8') })),
        }
      }),
  },
])

holdTarget(createCommandOutputTarget(), [
  {
    defect: 'repairs a token in quotes',
    create: () =>
      createCommandOutputTarget({ parse: (text, context) => parseCommandOutput(text.replace(/^"|"$/g, ''), context) }),
  },
])

holdTarget(createTokenAnswersTarget(), [
  {
    defect: 'quotes an answer',
    create: () =>
      createTokenAnswersTarget((step, answer, receipt) => {
        const reading = readStep(step, answer, receipt)
        if (reading.kind !== 'failure' || answer.kind !== 'answer') return reading
        return { ...reading, message: `${reading.message} ${answer.body.slice(0, 80)}` }
      }),
  },
])

holdTarget(createLogLinesTarget(), [
  {
    defect: 'believes the numbers of a line',
    create: () =>
      createLogLinesTarget({
        ...{ addLogLine, parseReport },
        parseEgressEvent: (line) => {
          try {
            return JSON.parse(line)
          } catch {
            return undefined
          }
        },
      }),
  },
  {
    defect: 'believes a number of a report unseen',
    create: () =>
      createLogLinesTarget({
        ...{ addLogLine, parseEgressEvent },
        parseReport: (value) => {
          const { lostLogLines, ...rest } = (value ?? {}) as { readonly lostLogLines?: unknown }
          const report = parseReport({ ...rest, lostLogLines: 0 })
          return report === undefined ? undefined : { ...report, lostLogLines: Number(lostLogLines) }
        },
      }),
  },
])

holdTarget(createLogTextTarget(), [
  {
    defect: 'looks at the first line only',
    create: () => createLogTextTarget({ renderLogText: (text) => text.replace(/^::/, ': :') }),
  },
])

holdTarget(createSummaryTarget(), [
  {
    defect: 'escapes the marks of a table only',
    create: () =>
      createSummaryTarget({
        escapeText: (text) => text.replaceAll('|', '&#124;').replaceAll('\n', ' '),
        renderFirewall,
      }),
  },
])
