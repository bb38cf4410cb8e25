import type { ServerResponse } from 'node:http'
import type { Page } from '../../../core/status/page.ts'
import { createThrottle } from '../throttle.ts'

export interface StatusFeedOptions {
  readonly read: () => Page
  /** Before each look: what others have to be asked for. */
  readonly refresh: () => Promise<void>
}

/** Pages that are live at once: more would be no people. */
const MOST_CLIENTS = 8
/** A reader that leaves this much unread is gone or asleep; it comes back by itself and gets everything anew. */
const MOST_UNREAD_BYTES = 512 * 1024
const UPDATES = { burst: 1, everyMs: 250 }
const LOOK_EVERY_MS = 1000
/** Ticks without a change until a comment shows whether the client is still there. */
const QUIET_TICKS = 15

/** Sends the page to everybody who looks, when it changes. While nobody does it has no timer and renders nothing. */
export class StatusFeed {
  readonly #options: StatusFeedOptions
  readonly #clients = new Set<ServerResponse>()
  readonly #plan: () => void
  #timer: NodeJS.Timeout | undefined
  #sent = ''
  #quiet = 0

  constructor(options: StatusFeedOptions) {
    this.#options = options
    this.#plan = createThrottle(UPDATES, () => this.#update())
  }

  /** After each request: nothing at all while nobody looks. */
  changed(): void {
    if (this.#clients.size > 0) this.#plan()
  }

  /** False when there are enough already. */
  add(response: ServerResponse, headers: Readonly<Record<string, string>>): boolean {
    if (this.#clients.size >= MOST_CLIENTS) return false
    response.writeHead(200, { ...headers, 'content-type': 'text/event-stream; charset=utf-8' })
    response.write(`retry: 1000\n${renderEvent(this.#options.read())}`)
    response.on('error', () => undefined)
    response.once('close', () => this.#remove(response))
    this.#clients.add(response)
    this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY_MS).unref()
    return true
  }

  #remove(response: ServerResponse): void {
    this.#clients.delete(response)
    if (this.#clients.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #look(): void {
    const update = (): void => this.#update()
    this.#options.refresh().then(update, update)
  }

  #update(): void {
    if (this.#clients.size === 0) return
    const page = this.#options.read()
    const content = JSON.stringify({ ...page, foot: '' })
    if (content === this.#sent) {
      this.#quiet += 1
      if (this.#quiet % QUIET_TICKS === 0) this.#send(': still here\n\n')
      return
    }
    this.#quiet = 0
    this.#sent = content
    this.#send(renderEvent(page))
  }

  #send(text: string): void {
    for (const client of this.#clients) {
      if (client.writableLength > MOST_UNREAD_BYTES) client.destroy()
      else client.write(text)
    }
  }
}

function renderEvent(page: Page): string {
  return `data: ${JSON.stringify(page)}\n\n`
}
