import { createRunner } from '../action/actions-runner.ts'
import { hasOidc } from '../action/read-oidc.ts'
import { runPost } from '../action/run-post.ts'

const { env } = process
await runPost({ runner: createRunner(env), summaryPath: env.GITHUB_STEP_SUMMARY, hasOidc: hasOidc(env) })
