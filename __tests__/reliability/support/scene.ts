import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll } from '@jest/globals'
import { findLeaks, type KnownSecret } from '../../support/find-leaks.ts'
import { type Answer, type Asked, ask, RawConnection } from '../../support/http-client.ts'
import { type Sidecar, type SidecarOptions, startSidecar } from '../../support/sidecar.ts'
import { CONTROL_TOKEN, RUN_TOKENS, upstreamOf } from '../../support/sidecar-launch.ts'

/** What a client of the run sends first. */
export const HEAD = `Host: 127.0.0.1\r\nAuthorization: Bearer ${RUN_TOKENS.other}\r\n`
export const TOKEN = { authorization: `Bearer ${RUN_TOKENS.other}` }

export interface SceneOptions extends Partial<SidecarOptions> {
  /** Where the one provider (`openai`) has its upstream: `http://127.0.0.1:port`. */
  readonly origin: string
  /** A log that says something of a defect is expected. */
  readonly mayWarn?: RegExp
}

/**
 * A sidecar with a key that no other process has, and everything its clients heard. At the end of each scenario that key is looked
 * for, in every spelling: in its logs, in what clients received, on all management pages, and in the command lines and
 * environments of all processes of the machine. A scenario cannot end without it, because the end is the search.
 */
export class Scene implements AsyncDisposable {
  readonly sidecar: Sidecar
  readonly key: string
  readonly #mayWarn: RegExp
  readonly #heard: string[] = []
  readonly #connections: RawConnection[] = []

  private constructor(sidecar: Sidecar, key: string, mayWarn: RegExp) {
    this.sidecar = sidecar
    this.key = key
    this.#mayWarn = mayWarn
  }

  static async open({ origin, mayWarn = /^$/, ...options }: SceneOptions): Promise<Scene> {
    const key = `sk-scene-${randomBytes(24).toString('hex')}`
    const sidecar = await startSidecar({
      providers: [{ id: 'openai', upstream: upstreamOf(`${origin}/v1`) }],
      ...options,
      secrets: { 'openai.key': key, ...options.secrets },
    })
    return new Scene(sidecar, key, mayWarn)
  }

  get port(): number {
    return this.sidecar.port('openai')
  }

  /** One request of the run's agent on a connection of its own. */
  async ask(path: string, asked: Asked = {}): Promise<Answer> {
    const answer = await ask(`${this.sidecar.origin('openai')}${path}`, {
      ...asked,
      headers: { ...TOKEN, ...(asked.headers as Readonly<Record<string, string>> | undefined) },
    })
    this.hear(`${answer.rawHeaders.join('\n')}\n${answer.text}`)
    return answer
  }

  /** A connection for bytes as the test wants them; what it receives is searched, too. */
  connect(): RawConnection {
    const connection = new RawConnection(this.port)
    this.#connections.push(connection)
    return connection
  }

  /** Adds what a client received by other ways. */
  hear(text: string): void {
    this.#heard.push(text)
  }

  /** @throws when the key stands anywhere, or the sidecar's log speaks of a defect. */
  async assertClean(more: readonly KnownSecret[] = []): Promise<void> {
    const secrets = [{ name: 'key', value: this.key }, ...more]
    const texts = {
      'what clients heard': this.#heard.join('\n') + this.#connections.map(({ received }) => received).join('\n'),
      replies: JSON.stringify(this.sidecar.replies),
      'management pages': (await this.#readPages()).join('\n'),
    }
    const leaks = findLeaks(secrets, { directories: [this.sidecar.directory], texts })
    if (leaks.length > 0) throw new Error(`The scenario leaked: ${leaks.join('; ')}`)
    const log = this.sidecar.readLog()
    const defects = log
      .split('\n')
      .filter((line) => line !== '' && !/^\S+ info /.test(line) && !this.#mayWarn.test(line))
    if (defects.length > 0) throw new Error(`The sidecar's log speaks of a defect:\n${defects.join('\n')}`)
  }

  async #readPages(): Promise<string[]> {
    const headers = { authorization: `Bearer ${CONTROL_TOKEN}` }
    const pages = ['/metrics', '/report', '/status.json', '/ready', '/'].map((path) =>
      ask(`http://127.0.0.1:${this.sidecar.managementPort}${path}`, { headers }).then(
        ({ text }) => text,
        () => '',
      ),
    )
    return Promise.all(pages)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.assertClean()
    } finally {
      for (const { socket } of this.#connections) socket.destroy()
      await this.sidecar[Symbol.asyncDispose]()
    }
  }
}

/**
 * One scene for all tests of a `describe`, searched after each of them.
 * @returns gives the scene once it is open.
 */
export function useScene(open: () => Promise<Scene>): () => Scene {
  let scene: Scene | undefined
  const get = (): Scene => {
    if (scene === undefined) throw new Error('The scene is not open')
    return scene
  }
  beforeAll(async () => {
    scene = await open()
  })
  afterEach(() => get().assertClean())
  afterAll(() => scene?.[Symbol.asyncDispose]())
  return get
}
