import type { Socket } from 'node:net'
import type { Admission } from './admission.ts'
import type { AnswerDns } from './answer-dns.ts'
import type { Arrival, Client, ClientOrigin } from './client.ts'
import { createHttpEntrance } from './http-entrance.ts'
import { resetSocket } from './join-sides.ts'
import type { RelayContext } from './relay-context.ts'
import { serveDnsStream } from './serve-dns.ts'
import { serveHttp } from './serve-http.ts'
import { serveProxy } from './serve-proxy.ts'
import { serveTcp } from './serve-tcp.ts'
import { serveTls } from './serve-tls.ts'

/** The relay's doors by what comes through them; how connections get there is another's business. */
export interface Entrances {
  tls(arrival: Arrival): void
  http(arrival: Arrival): void
  tcp(arrival: Arrival): void
  proxy(arrival: Arrival): void
  dns(socket: Socket): void
  readonly answerDns: AnswerDns
}

export interface EntranceParts {
  readonly context: RelayContext
  readonly admission: Admission
  readonly answerDns: AnswerDns
  /** Ports whose connections come in at `tls` and `http`. */
  readonly inspectedPorts: InspectedPorts
}

export interface InspectedPorts {
  readonly tls: number
  readonly http: number
}

/** One way in for each door of the relay. Throws nothing: a connection that cannot be served is cut. */
export function createEntrances({ context, admission, answerDns, inspectedPorts }: EntranceParts): Entrances {
  const http = createHttpEntrance(context)
  const serveAs =
    (serve: (client: Client) => Promise<void>) =>
    (arrival: Arrival): void => {
      const client = admission.admit(arrival)
      if (client === undefined) return
      // One connection that we have no answer to is cut; the others go on.
      serve(client).catch(() => resetSocket(arrival.socket))
    }
  const inspectHttp = (client: Client, port: number): Promise<void> => serveHttp(context, client, { port, http })
  return {
    tls: serveAs((client) => serveTls(context, client, inspectedPorts.tls)),
    http: serveAs((client) => inspectHttp(client, inspectedPorts.http)),
    tcp: serveAs((client) => serveTcp(context, client, inspectHttp)),
    proxy(arrival) {
      const client = admission.admit(arrival)
      if (client !== undefined) serveProxy(context, client, http)
    },
    dns(socket) {
      const unknown = Promise.withResolvers<ClientOrigin>()
      if (admission.admit({ socket, findOrigin: () => unknown.promise }) !== undefined)
        serveDnsStream(socket, answerDns)
    },
    answerDns,
  }
}
