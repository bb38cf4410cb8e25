// Peer: httpxy.
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { listen, readTask, renderOptions } from './node-server.mjs'

const task = readTask()
const require = createRequire(`${task.cache}/package.json`)
const { createProxyServer } = await import(pathToFileURL(require.resolve('httpxy')).href)

function serve(target) {
  const proxy = createProxyServer(renderOptions(task, target))
  const fail = (response) => () => response.destroy()
  return listen(
    (request, response) => void proxy.web(request, response).catch(fail(response)),
    (request, socket, head) => void proxy.ws(request, socket, {}, head).catch(fail(socket)),
  )
}

console.log(JSON.stringify({ plain: await serve(task.plain), tls: await serve(task.tls) }))
