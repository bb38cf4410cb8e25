/**
 * Makes foreign text safe to print on the runner's console as one line: a line that starts with `::` or holds `##[` would be
 * executed as a workflow command, and control characters could hide what follows.
 */
export function renderLogText(text: string): string {
  return text
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replace(/^(\s*):(?=:)/, '$1: ')
    .replaceAll('##[', '## [')
}
