const UTF8 = new TextDecoder()

/**
 * Parses the UTF-8 bytes of one JSON value as they pass. They are foreign and may have been cut anywhere, and a meter must never throw.
 * @returns undefined for bytes that are none.
 */
export function parseJsonBytes(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(UTF8.decode(bytes))
  } catch {
    return undefined
  }
}
