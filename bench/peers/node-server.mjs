// What httpxy and http-proxy-3 have in common: a node:http server in front, a keep-alive agent behind.
import { readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'

export function readTask() {
  return JSON.parse(process.argv[2])
}

export function renderOptions(task, target) {
  const settings = { keepAlive: true, maxSockets: Number.POSITIVE_INFINITY, maxFreeSockets: 4096 }
  const isTls = target.startsWith('https:')
  const ca = readFileSync(task.authorityFile)
  return {
    target,
    changeOrigin: true,
    secure: true,
    ssl: undefined,
    headers: { authorization: task.credential },
    agent: isTls ? new https.Agent({ ...settings, ca }) : new http.Agent(settings),
  }
}

export async function listen(onRequest, onUpgrade) {
  const server = http.createServer({ keepAliveTimeout: 600_000, requestTimeout: 0, headersTimeout: 0 }, onRequest)
  server.on('upgrade', onUpgrade)
  await new Promise((resolve) => server.listen(0, '127.0.0.1', 4096, resolve))
  return server.address().port
}
