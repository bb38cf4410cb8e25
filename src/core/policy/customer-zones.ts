import { type Hostname, isSubdomainOf } from '../hostname.ts'

export interface CustomerZone {
  readonly name: Hostname
  /** A sentence without its full stop. */
  readonly reason: string
}

const zone = (name: string, reason: string): CustomerZone => ({ name: name as Hostname, reason })

/** Zones whose customers get names of their own and that the public suffix list does not have: no wildcard may span one. */
export const CUSTOMER_ZONES: readonly CustomerZone[] = [
  zone('ghe.com', 'every tenant of GHE.com has a name there; the hosts of your own tenant are allowed by themselves'),
  zone('cloudapp.azure.com', 'every virtual machine in Azure can have a name there'),
  zone('openai.azure.com', 'every customer of Azure OpenAI has a name there'),
  zone('cognitiveservices.azure.com', 'every customer of Azure AI has a name there'),
  zone('services.ai.azure.com', 'every customer of Azure AI has a name there'),
  zone('vault.azure.net', 'every key vault in Azure has a name there'),
  zone('azurecr.io', 'every container registry in Azure has a name there'),
  zone('onmicrosoft.com', 'every customer of Microsoft 365 has a name there'),
  zone('sharepoint.com', 'every customer of Microsoft 365 has a name there'),
  zone('visualstudio.com', 'every organization of Azure DevOps has a name there'),
  zone('devtunnels.ms', 'everyone can open a tunnel there'),
  zone('cloudflarestorage.com', 'every customer of Cloudflare R2 has a name there'),
  zone('backblazeb2.com', 'every bucket of Backblaze has a name there'),
  zone('aliyuncs.com', 'every bucket of Alibaba Cloud has a name there'),
  zone('myqcloud.com', 'every bucket of Tencent Cloud has a name there'),
  zone('firebaseio.com', 'every Firebase database has a name there'),
  zone('googleusercontent.com', 'users of Google publish there'),
  zone('gitpod.io', 'every workspace of Gitpod has a name there'),
  zone('glitch.me', 'every project of Glitch has a name there'),
  zone('loca.lt', 'everyone can open a tunnel there'),
  zone('serveo.net', 'everyone can open a tunnel there'),
  zone('pipedream.net', 'everyone can collect requests there'),
  zone('oastify.com', 'everyone can collect requests there'),
  zone('jfrog.io', 'every customer of JFrog has a name there'),
  zone('atlassian.net', 'every customer of Atlassian has a name there'),
  zone('zendesk.com', 'every customer of Zendesk has a name there'),
  zone('my.salesforce.com', 'every customer of Salesforce has a name there'),
]

/** The customer zone that a wildcard over this name would open: the zone itself, or one below the name. */
export function findCustomerZone(name: Hostname): CustomerZone | undefined {
  return CUSTOMER_ZONES.find((row) => row.name === name || isSubdomainOf(row.name, name))
}
