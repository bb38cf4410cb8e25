import { runPost } from '../action/run-post.ts'
import { createRunner } from '../action/runner.ts'

await runPost({ runner: createRunner(process.env), summaryPath: process.env.GITHUB_STEP_SUMMARY })
