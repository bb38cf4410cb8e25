import type { Bundle } from './bundle.ts'
import { LANGUAGE_BUNDLES } from './languages.ts'
import { SERVICE_BUNDLES } from './services.ts'
import { SYSTEM_BUNDLES } from './systems.ts'

/** Counts up whenever an entry of a bundle is added or taken away and stands on the page of the bundles, so that two versions of it can be told apart. */
export const BUNDLE_VERSION = 1

/** Every bundle by its name. */
export const BUNDLES = { ...LANGUAGE_BUNDLES, ...SYSTEM_BUNDLES, ...SERVICE_BUNDLES } as const satisfies Readonly<
  Record<string, Bundle>
>

export type BundleName = keyof typeof BUNDLES

export const BUNDLE_NAMES = Object.keys(BUNDLES) as readonly BundleName[]

/** True for exactly the name of a bundle. */
export function isBundleName(text: string): text is BundleName {
  return Object.hasOwn(BUNDLES, text)
}
