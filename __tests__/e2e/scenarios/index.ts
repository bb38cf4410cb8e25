import type { Scenario } from '../world.ts'
import { CLI_SCENARIOS } from './clis.ts'
import { ENTERPRISE_SCENARIOS } from './enterprise.ts'
import { LIFECYCLE_SCENARIOS } from './lifecycle.ts'
import { REFRESH_SCENARIOS } from './refresh.ts'
import { REFUSED_KEY_SCENARIOS } from './refused-keys.ts'
import { REPORT_SCENARIOS } from './reports.ts'
import { SDK_SCENARIOS } from './sdks.ts'
import { SECRECY_SCENARIOS } from './secrecy.ts'

/** Everything `npm run e2e` runs, in this order. */
export const SCENARIOS: readonly Scenario[] = [
  ...REPORT_SCENARIOS,
  ...REFRESH_SCENARIOS,
  ...CLI_SCENARIOS,
  ...SDK_SCENARIOS,
  ...REFUSED_KEY_SCENARIOS,
  ...ENTERPRISE_SCENARIOS,
  ...SECRECY_SCENARIOS,
  ...LIFECYCLE_SCENARIOS,
]
