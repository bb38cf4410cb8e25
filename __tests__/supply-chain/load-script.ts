import path from 'node:path'
import { pathToFileURL } from 'node:url'

/** A module of scripts/, which are plain JavaScript: the caller says what it expects of it. */
export const loadScript = async <Module>(name: string): Promise<Module> =>
  (await import(pathToFileURL(path.join(import.meta.dirname, '..', '..', 'scripts', name)).href)) as Module

/** A row of describePackages(), as far as the tests look at it. */
export interface BundledPackage {
  readonly name: string
  readonly version?: string
  readonly licence: string
  readonly text: string
  readonly integrity?: string
  readonly type: string
  readonly purl: string
  readonly carrier?: string
  readonly bundles: readonly string[]
  readonly needs: readonly string[]
}
