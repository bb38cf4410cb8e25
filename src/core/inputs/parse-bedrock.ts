import type { Fault } from '../fault.ts'
import type { Hostname } from '../hostname.ts'
import type { ApiDialect } from '../providers/provider.ts'
import { httpsUpstream, type Upstream } from '../upstream.ts'
import type { GivenCredential } from './decide-credential.ts'
import { createConflictFault } from './input-fault.ts'
import type { ProviderContext } from './parse-key.ts'
import { SOURCE_RULES } from './source-rules.ts'

const REGION = 'aws-region'
const RUNTIME = /^bedrock-runtime(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/

/** The runtime endpoint of a region. `faulty` when the region is missing or was refused; its fault is recorded. */
export function deriveBedrockUpstream(context: ProviderContext): Upstream | 'faulty' {
  const region = context.given.get(REGION)
  if (region === undefined) {
    const message = 'provider-type is bedrock, but neither aws-region nor provider-base-url is given.'
    context.faults.push(createConflictFault(REGION, message, 'Give the region, for example aws-region: us-east-1.'))
    return 'faulty'
  }
  if (!SOURCE_RULES[REGION].pattern.test(region)) return 'faulty'
  const suffix = derivePartition(region) === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com'
  return httpsUpstream(`bedrock-runtime.${region}.${suffix}` as Hostname)
}

interface BedrockFacts {
  readonly dialect: ApiDialect
  readonly upstream: Upstream
  readonly credential: GivenCredential | undefined
}

/** What about API, source, role, region and address contradicts each other; undefined when nothing does. */
export function findBedrockConflict(context: ProviderContext, facts: BedrockFacts): Fault | undefined {
  const region = context.given.get(REGION)
  const conflict = findSourceConflict(facts)
  if (conflict !== undefined || region === undefined) return conflict
  return findPartitionConflict(facts, region) ?? findAddressConflict(context, facts, region)
}

function findSourceConflict({ dialect, credential }: BedrockFacts): Fault | undefined {
  const kind = credential?.source.kind
  if (kind === 'aws' && dialect !== 'bedrock') {
    const message = `aws-role-arn gives keys that sign requests to Amazon Bedrock, but provider-type is ${dialect}.`
    return createConflictFault('provider-type', message, 'Set provider-type: bedrock, or use another source.')
  }
  if (kind !== 'azure' || dialect !== 'bedrock') return undefined
  const message = `provider-type is bedrock, but ${credential?.input} asks Microsoft Entra for a token.`
  return createConflictFault('provider-type', message, 'Amazon Bedrock takes its own API keys or keys of AWS only.')
}

function findPartitionConflict({ credential }: BedrockFacts, region: string): Fault | undefined {
  const source = credential?.source
  const partition = source?.kind === 'aws' ? source.roleArn.split(':')[1] : undefined
  const own = derivePartition(region)
  if (partition === undefined || partition === own) return undefined
  const message = `aws-role-arn is a role of the partition ${partition}, but aws-region ${region} is in ${own}.`
  return createConflictFault(REGION, message, 'Give a region of the partition that the role belongs to.')
}

function findAddressConflict(context: ProviderContext, facts: BedrockFacts, region: string): Fault | undefined {
  const named = RUNTIME.exec(facts.upstream.hostname)?.[1]
  if (named !== undefined && named !== region) {
    const message = `aws-region is ${region}, but provider-base-url is in ${named}; a signature holds for one region.`
    return createConflictFault(REGION, message, 'Give the region of provider-base-url, or leave provider-base-url out.')
  }
  if (facts.dialect !== 'bedrock') {
    context.notices.push('aws-region has no effect: requests to provider-base-url are not signed.')
  }
  return undefined
}

// Regions of China and of the US government have accounts and endpoints of their own.
function derivePartition(region: string): 'aws' | 'aws-cn' | 'aws-us-gov' {
  if (region.startsWith('cn-')) return 'aws-cn'
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws'
}
