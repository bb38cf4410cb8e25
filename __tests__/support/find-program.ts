import { accessSync, constants } from 'node:fs'
import path from 'node:path'

/** Absolute path of a program; administrators' directories count although a user's PATH leaves them out. */
export function findProgram(name: string): string | undefined {
  const directories = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin', '/sbin']
  return directories.map((directory) => path.join(directory, name)).find(isExecutable)
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
