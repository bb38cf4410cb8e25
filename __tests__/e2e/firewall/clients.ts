import type { VendorHost } from '../../firewall/action/support/vendor-process.ts'
import { KEYS } from '../keys.ts'

export const LEVELS = ['enforced', 'wrapped'] as const
export type Level = (typeof LEVELS)[number]

/** One CLI, what it needs, and where else it wants to go although nothing of that is needed. */
export interface Client {
  readonly name: string
  readonly inputs: (keys: typeof KEYS) => Readonly<Record<string, string>>
  readonly command: string
  /** The model host that must have been asked through the sidecar. */
  readonly model: string
  /** Hosts that it tries and that the firewall refuses. */
  readonly refused: readonly string[]
  /** Hosts of this GitHub, which are allowed by themselves and carry no credential. */
  readonly github: readonly string[]
}

export const HOSTS: Readonly<Record<string, VendorHost>> = {
  'api.openai.com': { kind: 'openai', keys: [KEYS.openai] },
  'api.anthropic.com': { kind: 'anthropic', keys: [KEYS.anthropic] },
  'generativelanguage.googleapis.com': { kind: 'gemini', keys: [KEYS.gemini] },
  'api.githubcopilot.com': { kind: 'copilot', keys: [KEYS.github] },
  'api.github.com': { kind: 'github', keys: [KEYS.github], copilotApi: 'https://api.githubcopilot.com' },
}

export const CLIENTS: readonly Client[] = [
  {
    name: 'copilot',
    inputs: (keys) => ({ 'copilot-github-token': keys.github }),
    command: "copilot -p 'write a file' --allow-all-tools",
    model: 'api.githubcopilot.com',
    refused: [],
    github: [],
  },
  {
    name: 'codex',
    inputs: (keys) => ({ 'openai-api-key': keys.openai }),
    command: "codex exec --skip-git-repo-check --dangerously-bypass-approvals-and-sandbox 'write a file'",
    model: 'api.openai.com',
    refused: ['ab.chatgpt.com', 'chatgpt.com'],
    github: ['api.github.com', 'github.com'],
  },
  {
    name: 'claude-code',
    inputs: (keys) => ({ 'anthropic-api-key': keys.anthropic }),
    command: "claude -p 'write a file' --dangerously-skip-permissions",
    model: 'api.anthropic.com',
    refused: [],
    github: [],
  },
  {
    name: 'gemini-cli',
    inputs: (keys) => ({ 'gemini-api-key': keys.gemini }),
    command: "gemini --skip-trust --yolo -p 'write a file'",
    model: 'generativelanguage.googleapis.com',
    refused: ['play.googleapis.com'],
    github: [],
  },
]
