import { askFor, askModel, readOption, readVariable, run } from './ask-model.ts'

const BODY = { stream: true, messages: [{ role: 'user', content: 'hello' }] }

/** Copilot CLI: a provider of one's own where the variables name one, else the Copilot API with a GitHub token. */
await run('copilot', async () => {
  const provider = readVariable('COPILOT_PROVIDER_BASE_URL')
  if (provider !== undefined) return await askProvider(provider)
  if (readVariable('COPILOT_OFFLINE') === 'true') throw new Error('Offline mode requires a local model provider')
  await askCopilot()
})

async function askProvider(base: string): Promise<void> {
  const model = readOption('--model') ?? readVariable('COPILOT_MODEL')
  if (model === undefined) throw new Error('A model is mandatory with a provider of your own')
  const key = readVariable('COPILOT_PROVIDER_API_KEY') ?? ''
  const isAzure = readVariable('COPILOT_PROVIDER_TYPE') === 'azure'
  const root = isAzure ? `${base.replace(/\/openai(\/v1)?$/, '')}/openai/v1` : base
  const headers = isAzure ? { 'api-key': key } : { authorization: `Bearer ${key}` }
  await askModel({ url: `${root}/chat/completions`, headers, body: { ...BODY, model }, end: '[DONE]' })
}

async function askCopilot(): Promise<void> {
  const base = readVariable('COPILOT_API_URL') ?? 'https://api.githubcopilot.com'
  const names = ['COPILOT_GITHUB_TOKEN', 'GH_TOKEN', 'GITHUB_TOKEN']
  const token = names.map(readVariable).find((value) => /^(gho_|ghu_|ghs_|github_pat_)/.test(value ?? ''))
  if (token === undefined) throw new Error('No authentication information found')
  const headers = { authorization: `Bearer ${token}`, 'copilot-integration-id': 'copilot-developer-cli' }
  const { data = [] } = JSON.parse(await askFor(`${base}/models`, headers)) as { readonly data?: { id: string }[] }
  const model = data.find(({ id }) => id.startsWith('claude-'))?.id
  if (model === undefined) throw new Error('No supported model available')
  await askModel({ url: `${base}/chat/completions`, headers, body: { ...BODY, model }, end: '[DONE]' })
}
