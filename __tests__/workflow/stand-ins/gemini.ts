import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { askModel, readVariable, run } from './ask-model.ts'

/** Gemini CLI since 0.44: variables alone are not enough, its settings must name the kind of login. */
await run('gemini', async () => {
  if (!process.argv.includes('--skip-trust')) throw new Error('This folder is not trusted (exit 55)')
  if (readLogin() !== 'gemini-api-key') throw new Error('Invalid auth method selected (exit 41)')
  const base = readVariable('GOOGLE_GEMINI_BASE_URL') ?? 'https://generativelanguage.googleapis.com'
  await askModel({
    url: `${base}/v1beta/models/gemini-fake:streamGenerateContent?alt=sse`,
    headers: { 'x-goog-api-key': readVariable('GEMINI_API_KEY') ?? '' },
    body: { contents: [{ role: 'user', parts: [{ text: 'hello' }] }] },
    end: 'usageMetadata',
  })
})

function readLogin(): string | undefined {
  const file = join(readVariable('HOME') ?? '/', '.gemini', 'settings.json')
  if (!existsSync(file)) return undefined
  const settings = JSON.parse(readFileSync(file, 'utf8')) as { security?: { auth?: { selectedType?: string } } }
  return settings.security?.auth?.selectedType
}
