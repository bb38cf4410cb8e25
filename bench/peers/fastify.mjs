// Peer: fastify with @fastify/http-proxy (undici underneath), set up as its README says, without logging.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const task = JSON.parse(process.argv[2])
const require = createRequire(`${task.cache}/package.json`)
const fastify = require('fastify')
const proxy = require('@fastify/http-proxy')
const ca = readFileSync(task.authorityFile)

async function listen(upstream) {
  const server = fastify({ bodyLimit: Number.MAX_SAFE_INTEGER, requestTimeout: 0, keepAliveTimeout: 600_000 })
  await server.register(proxy, {
    upstream,
    websocket: true,
    wsClientOptions: { ca, headers: { authorization: task.credential } },
    undici: { connections: 4096, pipelining: 1, bodyTimeout: 0, headersTimeout: 0, connect: { ca } },
    replyOptions: {
      rewriteRequestHeaders: (_request, headers) => ({ ...headers, authorization: task.credential }),
    },
  })
  await server.listen({ port: 0, host: '127.0.0.1' })
  return server.server.address().port
}

console.log(JSON.stringify({ plain: await listen(task.plain), tls: await listen(task.tls) }))
