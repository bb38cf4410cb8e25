import { note } from './ask-model.ts'

/** `vault kv get -field=<field> secret/<name>`: asks the server, prints the field. Its environment is not noted. */
const field = process.argv.find((word) => word.startsWith('-field='))?.slice('-field='.length) ?? ''
const url = `${process.env.VAULT_ADDR}/v1/secret/data/${process.argv.at(-1)?.replace(/^secret\//, '')}`
const answer = await fetch(url, { headers: { 'x-vault-token': process.env.VAULT_TOKEN ?? '' } })
const body = (await answer.json()) as { readonly data?: { readonly data?: Readonly<Record<string, string>> } }
note({ program: 'vault', arguments: process.argv.slice(2), environment: {}, asked: [{ url, status: answer.status }] })
if (answer.ok) console.log(body.data?.data?.[field])
else process.exitCode = 2
