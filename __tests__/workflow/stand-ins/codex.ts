import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { askModel, readOption, readVariable, run } from './ask-model.ts'

/** Codex since 0.120: the base URL comes from its file and from nowhere else, the key from CODEX_API_KEY, and none is fine. */
await run('codex', async () => {
  if (process.argv[2] !== 'exec') throw new Error('only `codex exec` is played here')
  const key = readVariable('CODEX_API_KEY')
  await askModel({
    url: `${readBaseUrl() ?? 'https://api.openai.com/v1'}/responses`,
    headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
    body: { model: readOption('--model') ?? 'gpt-fake', stream: true, input: process.argv.at(-1) },
    end: 'response.completed',
  })
})

/** A key counts only before the first table. */
function readBaseUrl(): string | undefined {
  const file = join(readVariable('CODEX_HOME') ?? join(readVariable('HOME') ?? '/', '.codex'), 'config.toml')
  if (!existsSync(file)) return undefined
  const [top = ''] = readFileSync(file, 'utf8').split(/^\[/m)
  return /^openai_base_url\s*=\s*"([^"]+)"/m.exec(top)?.[1]
}
