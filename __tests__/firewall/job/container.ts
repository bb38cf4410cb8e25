import { createSocket } from 'node:dgram'
import { createServer, request } from 'node:http'

/** A service container of the job: in a network namespace of its own behind a bridge, and willing to fetch what it is asked to. */
createServer((incoming, response) => {
  const url = new URL(incoming.url ?? '/', 'http://container')
  const target = url.searchParams.get('fetch')
  const datagram = url.searchParams.get('send')
  if (target !== null) {
    const outgoing = request(target, { timeout: 2000 }, (answer) => answer.pipe(response))
    outgoing.on('timeout', () => outgoing.destroy())
    outgoing.on('error', (error) => response.end(`${error.message}\n`))
    outgoing.end()
    return
  }
  if (datagram !== null) {
    const [address = '', port = '', text = ''] = datagram.split(' ')
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
    socket.on('error', () => undefined)
    socket.send(text, Number(port), address, () => {
      socket.close()
      response.end('sent\n')
    })
    return
  }
  response.end('database ready\n')
}).listen(8080, '0.0.0.0', () => console.log('ready'))
