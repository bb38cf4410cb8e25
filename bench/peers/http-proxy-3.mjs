// Peer: http-proxy-3, the maintained rewrite of http-proxy.
import { createRequire } from 'node:module'
import { listen, readTask, renderOptions } from './node-server.mjs'

const task = readTask()
const { createProxyServer } = createRequire(`${task.cache}/package.json`)('http-proxy-3')

function serve(target) {
  const proxy = createProxyServer(renderOptions(task, target))
  proxy.on('error', (_error, _request, answer) => answer.destroy())
  return listen(
    (request, response) => proxy.web(request, response),
    (request, socket, head) => proxy.ws(request, socket, head),
  )
}

console.log(JSON.stringify({ plain: await serve(task.plain), tls: await serve(task.tls) }))
