import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { note, readOption } from './ask-model.ts'

/** Azure CLI with the login of a service principal in the home directory: asks Entra, prints the token. Its environment is not noted. */
const file = join(process.env.HOME ?? '', '.azure', 'login.json')
const { tenantId, clientId, clientSecret } = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, string>>
const url = `https://login.microsoftonline.com/${tenantId}/oauth2/v2.0/token`
const form = { grant_type: 'client_credentials', client_id: clientId ?? '', client_secret: clientSecret ?? '' }
const answer = await fetch(url, {
  method: 'POST',
  body: new URLSearchParams({ ...form, scope: readOption('--scope') ?? '' }),
})
const body = (await answer.json()) as { readonly access_token?: string; readonly expires_in?: number }
note({ program: 'az', arguments: process.argv.slice(2), environment: {}, asked: [{ url, status: answer.status }] })
const expires = Math.floor(Date.now() / 1000) + (body.expires_in ?? 0)
if (answer.ok) console.log(JSON.stringify({ accessToken: body.access_token, expires_on: expires, tokenType: 'Bearer' }))
else process.exitCode = 1
