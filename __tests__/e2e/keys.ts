import { randomBytes } from 'node:crypto'

/** Fake credentials in the shapes of the real ones, different in every run, so that finding one anywhere means something. */
export const KEYS = {
  openai: `sk-proj-${random(48)}`,
  /** Of the right shape, but no provider knows it. */
  dead: `sk-proj-${random(48)}`,
  anthropic: `sk-ant-api03-${random(80)}AA`,
  gemini: `AIza${random(35)}`,
  vertex: `AIza${random(35)}`,
  github: `github_pat_${random(22)}_${random(59)}`,
  user: `gho_${random(36)}`,
  job: `ghs_${random(36)}`,
  gateway: `gw-${random(40)}`,
} as const

export type KeyName = keyof typeof KEYS

function random(length: number): string {
  return randomBytes(length)
    .toString('base64')
    .replace(/[^A-Za-z0-9]/g, 'x')
    .slice(0, length)
}
