/**
 * Hosts that the runner itself needs while a job runs, as GitHub documents them for self-hosted runners, and the copy of what
 * GET /meta lists that is used where that answer cannot be had.
 *
 * The runner's processes have the agent's uid, so what is open to them is open to the agent. What could be left out is: what
 * is only fetched before our step (actions, images), and storage that is not GitHub's by name.
 */
export interface RunnerServiceRow {
  /** In the grammar of `allowed-domains`; `{web}` is the tenant's host. */
  readonly rule: string
  readonly reason: string
}

/** What the lists of this file were when: GitHub’s documents, and which storage accounts resolved. */
export const RUNNER_SERVICES_DATE = '2026-10-05'

const ACTIONS_ZONE = 'actions.githubusercontent.com'

const JOB = 'job messages, live log, results, cache and artifacts; new hosts appear below this zone without notice'

export const DOTCOM_SERVICES: readonly RunnerServiceRow[] = [
  { rule: `*.${ACTIONS_ZONE}`, reason: JOB },
  { rule: 'github.com', reason: 'registration and references of actions' },
  { rule: 'api.github.com', reason: 'registration, job set-up' },
  { rule: 'codeload.github.com', reason: 'archives of actions' },
  { rule: 'objects.githubusercontent.com', reason: 'updates of the runner' },
  { rule: 'objects-origin.githubusercontent.com', reason: 'updates of the runner' },
  { rule: 'github-releases.githubusercontent.com', reason: 'updates of the runner' },
  { rule: 'github-registry-files.githubusercontent.com', reason: 'updates of the runner' },
]

export const TENANT_SERVICES: readonly RunnerServiceRow[] = [
  { rule: '*.actions.{web}', reason: JOB },
  { rule: '{web}', reason: 'registration and references of actions' },
  { rule: 'api.{web}', reason: 'registration, job set-up' },
  { rule: 'auth.ghe.com', reason: 'sign-in of GHE.com' },
  { rule: `*.${ACTIONS_ZONE}`, reason: 'services of Actions that GHE.com shares with github.com' },
]

const BLOB = 'blob.core.windows.net'

/**
 * Storage accounts of github.com that hold logs, summaries, artifacts and caches. Only numbers that exist: a storage account
 * is free to register for anyone, and number 22 was not registered when all of 0–99 were looked up in September and October
 * 2026. Higher numbers come from GET /meta.
 */
export const DOTCOM_RESULT_HOSTS: readonly string[] = Array.from({ length: 100 }, (_, number) => number)
  .filter((number) => number !== 22)
  .map((number) => `productionresultssa${number}.${BLOB}`)

/** The same for GHE.com by region. For the United States GitHub documents no names: there only GET /meta can tell them. */
const TENANT_REGIONS: readonly (readonly [region: string, places: readonly string[]])[] = [
  ['EU', ['sdc01', 'weu01']],
  ['AU', ['ae01']],
  ['JP', ['jpw01']],
]

export const TENANT_RESULT_HOSTS: readonly string[] = TENANT_REGIONS.flatMap(([, places]) =>
  places.flatMap((place) => [
    `memoryalphaprod${place}.${BLOB}`,
    ...[0, 1, 2, 3].map((number) => `prod${place}resultssa${number}.${BLOB}`),
  ]),
)

export const RESULTS_REASON = 'logs, summaries, artifacts and caches of the job; a storage account of GitHub’s own'

const NUMBER = '(?:0|[1-9]\\d{0,2})'

/** How the accounts are called; a name of this form is taken from GitHub’s own answer only, one by one. */
export const RESULT_HOST = new RegExp(
  `^(?:productionresultssa${NUMBER}|prod[a-z]{2,4}\\d{2}resultssa${NUMBER}|memoryalphaprod[a-z]{2,4}\\d{2})\\.blob\\.core\\.windows\\.net$`,
)
