import { readdirSync } from 'node:fs'

/** Pids of all processes that /proc shows, in no order that counts; each may be gone when it is looked at. */
export function listPids(): readonly number[] {
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []))
}
