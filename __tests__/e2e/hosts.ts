import { createAnthropicService } from '../fakes/anthropic-service.ts'
import type { Conversation } from '../fakes/conversation.ts'
import { type CopilotOptions, createCopilotService } from '../fakes/copilot-service.ts'
import type { FakeService } from '../fakes/exchange.ts'
import { createGeminiService } from '../fakes/gemini-service.ts'
import { createGitHubService } from '../fakes/github-service.ts'
import type { OfferedCredential } from '../fakes/offered-credentials.ts'
import { createOpenAiService } from '../fakes/openai-service.ts'
import { KEYS } from './keys.ts'

type Hosts = Readonly<Record<string, FakeService>>

export const bearer = (token: string): OfferedCredential => ({ place: 'authorization', value: `Bearer ${token}` })

/** The vendors' own hosts, each with the key that KEYS names for it. */
export const VENDORS = {
  openai: (conversation: Conversation): Hosts => ({
    'api.openai.com': createOpenAiService({ key: KEYS.openai, conversation }),
  }),
  anthropic: (conversation: Conversation): Hosts => ({
    'api.anthropic.com': createAnthropicService({ key: KEYS.anthropic, conversation }),
  }),
  gemini: (conversation: Conversation): Hosts => ({
    'generativelanguage.googleapis.com': createGeminiService({ key: KEYS.gemini, conversation }),
  }),
  vertex: (conversation: Conversation): Hosts => ({
    'aiplatform.googleapis.com': createGeminiService({ key: KEYS.vertex, conversation }),
  }),
} as const

export interface GitHubWorld {
  /** Host of the Copilot API and, separately, of REST. */
  readonly copilot: string
  readonly rest: string
  readonly restPrefix?: '/api/v3'
  readonly token?: string
  readonly copilotOptions?: Partial<CopilotOptions>
}

/** A GitHub with its Copilot API: both know the token, and REST discovers the Copilot host. */
export function createGitHubHosts(world: GitHubWorld, conversation: Conversation): Hosts {
  const { copilot, rest, restPrefix, token = KEYS.github, copilotOptions = {} } = world
  const accepts = (offered: string): boolean => offered === token
  const github = { token, copilotApi: `https://${copilot}`, ...(restPrefix === undefined ? {} : { restPrefix }) }
  return {
    [copilot]: createCopilotService({ accepts, conversation, ...copilotOptions }),
    [rest]: createGitHubService(github),
  }
}
