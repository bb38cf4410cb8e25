import { accessSync, constants } from 'node:fs'

/**
 * True when another process of the same user could read the memory of `pid`. On Linux the kernel decides that when a program
 * is started: from a file that its user cannot read, and then for good. But the owner of the file can make it readable, kill
 * the worker and wait for the next one, which would be open; so every worker is looked at before it gets a secret.
 * What cannot be told counts as readable.
 */
export function isExposed(pid: number | undefined): boolean {
  if (pid === undefined) return false
  try {
    accessSync(`/proc/${pid}/environ`, constants.R_OK)
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return code !== 'EACCES' && code !== 'ENOENT'
  }
}
