import { hasOidc } from '../action/read-oidc.ts'
import { runPost } from '../action/run-post.ts'
import { createRunner } from '../action/runner.ts'

const { env } = process
await runPost({ runner: createRunner(env), summaryPath: env.GITHUB_STEP_SUMMARY, hasOidc: hasOidc(env) })
