/**
 * Room: explain. What a message means and what to do, as tables from which docs/troubleshooting.md is generated and which the
 * command `explain` reads, so that the two cannot differ. Never knows: files, processes, the network.
 */
export interface Advice {
  /** Sentences, in the Markdown of docs/troubleshooting.md: code in backticks, links relative to that page. */
  readonly cause: string
  readonly fix: string
}

/** Advice as a terminal shows it: links become their text, code loses its backticks. */
export function renderPlainAdvice(markdown: string): string {
  return markdown.replaceAll(/\[([^\]]+)\]\([^)]+\)/g, '$1').replaceAll('`', '')
}
