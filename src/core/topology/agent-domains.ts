import { type Hostname, isIpLiteral, isLoopback } from '../hostname.ts'
import type { TopologyKind } from './topology.ts'

/** One entry of the agent's allow-list and why it stands there. `{web}` and `{rest}` are replaced by the topology's hosts. */
export interface AgentDomainRow {
  readonly name: string
  readonly reason: string
}

/**
 * What git, gh and the REST API need in an agent step. No model hosts (they are the sidecar's), no hosts of the runner's own
 * services (results, cache, OIDC: the runner needs them, the agent does not), no shared storage where anyone can publish
 * (`*.blob.core.windows.net`). A plain name is an exact host; `*.` means every name below, not the name itself.
 */
export const AGENT_DOMAINS: Readonly<Record<TopologyKind, readonly AgentDomainRow[]>> = {
  dotcom: [
    { name: 'github.com', reason: 'git over HTTPS, web links, release downloads' },
    { name: 'api.github.com', reason: 'REST and GraphQL: gh, SDKs' },
    { name: 'codeload.github.com', reason: 'archives of repositories (tarball, zipball)' },
    { name: 'uploads.github.com', reason: 'release assets uploaded by gh' },
    { name: 'lfs.github.com', reason: 'Git LFS batch API' },
    { name: 'raw.githubusercontent.com', reason: 'single files' },
    { name: 'media.githubusercontent.com', reason: 'single files kept in Git LFS' },
    { name: 'objects.githubusercontent.com', reason: 'where release downloads are redirected' },
    { name: 'release-assets.githubusercontent.com', reason: 'where release downloads are redirected' },
    { name: 'github-releases.githubusercontent.com', reason: 'where older release downloads are redirected' },
    { name: 'github-cloud.githubusercontent.com', reason: 'Git LFS objects' },
    { name: 'github-cloud.s3.amazonaws.com', reason: 'Git LFS objects; a bucket of GitHub’s own' },
  ],
  tenant: [
    { name: '{web}', reason: 'git over HTTPS and the web address of the tenant' },
    {
      name: '*.{web}',
      reason:
        'REST, raw, uploads, codeload, packages: GitHub documents the tenant’s hosts only as this wildcard. It includes the tenant’s Copilot and OIDC hosts, which a policy may deny by name',
    },
  ],
  server: [
    { name: '{web}', reason: 'git over HTTPS, REST and GraphQL; may be private' },
    { name: '{rest}', reason: 'REST, where it has a host of its own' },
    { name: 'assets.{web}', reason: 'subdomain isolation: attachments' },
    { name: 'avatars.{web}', reason: 'subdomain isolation: pictures of users' },
    { name: 'codeload.{web}', reason: 'subdomain isolation: archives of repositories' },
    { name: 'containers.{web}', reason: 'subdomain isolation: container registry' },
    { name: 'docker.{web}', reason: 'subdomain isolation: older container registry' },
    { name: 'gist.{web}', reason: 'subdomain isolation: gists, on the customer’s own instance' },
    { name: 'maven.{web}', reason: 'subdomain isolation: packages' },
    { name: 'media.{web}', reason: 'subdomain isolation: Git LFS' },
    { name: 'npm.{web}', reason: 'subdomain isolation: packages' },
    { name: 'nuget.{web}', reason: 'subdomain isolation: packages' },
    { name: 'raw.{web}', reason: 'subdomain isolation: single files' },
    { name: 'rubygems.{web}', reason: 'subdomain isolation: packages' },
    { name: 'uploads.{web}', reason: 'subdomain isolation: release assets' },
  ],
}

/** The hosts a topology's rows name; `rest` is the host of the REST API. */
export interface AgentHosts {
  readonly kind: TopologyKind
  readonly web: Hostname
  readonly rest: Hostname
}

/**
 * The agent's allow-list. An address literal has no sub-names and is no domain: a server reached by address gives an empty
 * list (firewalls take addresses separately); loopback needs no permission.
 */
export function deriveAgentDomains({ kind, web, rest }: AgentHosts): readonly string[] {
  if (isIpLiteral(web) || isLoopback(web)) return []
  return [...new Set(AGENT_DOMAINS[kind].map((row) => renderAgentDomain(row, { web, rest })))]
}

/** The name of a row on this topology, with `*.` where it stands for every name below. */
export function renderAgentDomain({ name }: AgentDomainRow, { web, rest }: Omit<AgentHosts, 'kind'>): string {
  return name.replace('{web}', web).replace('{rest}', rest)
}
