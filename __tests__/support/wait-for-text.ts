import { once } from 'node:events'
import { readFileSync, watch } from 'node:fs'

/** Resolves with the file's text as soon as it contains `wanted`; the test's own time limit is the only one. */
export async function waitForText(path: string, wanted: string): Promise<string> {
  const watcher = watch(path)
  try {
    for (;;) {
      const changed = once(watcher, 'change')
      const text = readFileSync(path, 'utf8')
      if (text.includes(wanted)) return text
      await changed
    }
  } finally {
    watcher.close()
  }
}
