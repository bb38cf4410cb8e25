import { isAbsolute, relative, sep } from 'node:path'

/**
 * True when `path` is `directory` itself or lies below it, by their names alone. A name that begins with two dots is a name like any
 * other: taken for the way up, it would bring a program of the checkout past the test that refuses it.
 */
export function isWithin(path: string, directory: string): boolean {
  const way = relative(directory, path)
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}
