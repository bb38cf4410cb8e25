/** A text as one word of a POSIX shell, whatever stands in it: a path with a quote in its name shall not become a command. */
export function renderShellWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
