import type { Target } from '../engine/target.ts'
import { createAllowedIpsTarget, createAllowListTarget } from './allow-list.ts'
import { createClientHelloTarget } from './client-hello.ts'
import { createClientRequestsTarget } from './client-requests.ts'
import { createConfigTarget } from './config.ts'
import { createCommandOutputTarget, createTokenAnswersTarget } from './credential-texts.ts'
import { createDnsTarget } from './dns.ts'
import { createEchoScrubberTarget } from './echo-scrubber.ts'
import { createEventStreamTarget } from './event-stream.ts'
import { createFrameScrubberTarget } from './frame-scrubber.ts'
import { createInputsTarget } from './inputs.ts'
import { createJsonUsageTarget } from './json-usage.ts'
import { createLogLinesTarget } from './log-lines.ts'
import { createMachineTextsTarget } from './machine-texts.ts'
import { createBridgeOpeningTarget, createProxyHeadTarget } from './openings.ts'
import { createLogTextTarget, createSummaryTarget } from './printed-texts.ts'
import { createRedactorTarget } from './redactor.ts'
import { createRelayRequestsTarget } from './relay-requests.ts'
import { createUpstreamAnswersTarget } from './upstream-answers.ts'
import { createWebsocketMeterTarget } from './websocket-meter.ts'

/** Every parser of foreign bytes. Whoever writes another one adds its target here. */
export const TARGETS: readonly Target[] = [
  createClientRequestsTarget(),
  createUpstreamAnswersTarget(),
  createRelayRequestsTarget(),
  createProxyHeadTarget(),
  createBridgeOpeningTarget(),
  createClientHelloTarget(),
  createDnsTarget(),
  createEventStreamTarget(),
  createJsonUsageTarget(),
  createWebsocketMeterTarget(),
  createFrameScrubberTarget(),
  createEchoScrubberTarget(),
  createRedactorTarget(),
  createInputsTarget(),
  createConfigTarget(),
  createAllowListTarget(),
  createAllowedIpsTarget(),
  createCommandOutputTarget(),
  createTokenAnswersTarget(),
  createLogLinesTarget(),
  createMachineTextsTarget(),
  createLogTextTarget(),
  createSummaryTarget(),
]

/** @throws RangeError for a name that no target has. */
export function findTarget(name: string): Target {
  const target = TARGETS.find((each) => each.name === name)
  if (target === undefined)
    throw new RangeError(`There is no target ${name}: ${TARGETS.map((each) => each.name).join(', ')}`)
  return target
}
