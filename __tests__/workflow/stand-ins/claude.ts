import { askModel, readVariable, run } from './ask-model.ts'

/** Claude Code: environment only; Anthropic's API, or Bedrock with an API key when it is told so. */
await run('claude', async () => {
  if (readVariable('CLAUDE_CODE_USE_BEDROCK') === '1') await askBedrock()
  else await askAnthropic()
})

async function askAnthropic(): Promise<void> {
  const token = readVariable('ANTHROPIC_AUTH_TOKEN')
  const key = readVariable('ANTHROPIC_API_KEY')
  if (token === undefined && key === undefined) throw new Error('Not logged in · Please run /login')
  await askModel({
    url: `${readVariable('ANTHROPIC_BASE_URL') ?? 'https://api.anthropic.com'}/v1/messages?beta=true`,
    headers: {
      'anthropic-version': '2023-06-01',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(key === undefined ? {} : { 'x-api-key': key }),
    },
    body: { model: 'claude-fake', max_tokens: 64, stream: true, messages: [{ role: 'user', content: 'hello' }] },
    end: 'message_stop',
  })
}

async function askBedrock(): Promise<void> {
  const host = `https://bedrock-runtime.${readVariable('AWS_REGION') ?? ''}.amazonaws.com`
  const token = readVariable('AWS_BEARER_TOKEN_BEDROCK')
  if (token === undefined) throw new Error('Could not load credentials from any providers')
  await askModel({
    url: `${readVariable('ANTHROPIC_BEDROCK_BASE_URL') ?? host}/model/anthropic.claude-fake-v1%3A0/invoke-with-response-stream`,
    headers: { authorization: `Bearer ${token}` },
    body: { anthropic_version: 'bedrock-2023-05-31', max_tokens: 64, messages: [{ role: 'user', content: 'hello' }] },
  })
}
