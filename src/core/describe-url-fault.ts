import type { UpstreamFault } from './upstream.ts'

/** What is wrong with a URL and what to write instead: the second and the fourth part of a fault's sentence. */
export interface UrlFaultWords {
  /** Fits behind "found …,", e.g. `which has no scheme`. */
  readonly problem: string
  readonly fix: string
}

const WORDS: Readonly<Record<UpstreamFault, UrlFaultWords>> = {
  'not-a-url': {
    problem: 'which is not a URL',
    fix: 'Write the whole URL in plain ASCII, for example {example}.',
  },
  scheme: { problem: 'which has another scheme than https', fix: 'Write it as https://…, for example {example}.' },
  'user-info': {
    problem: 'which has a user name or password before the host',
    fix: 'Remove everything between // and @; credentials have inputs of their own.',
  },
  query: { problem: 'which has a query', fix: 'Remove everything from the question mark on.' },
  fragment: { problem: 'which has a fragment', fix: 'Remove everything from the number sign on.' },
  hostname: {
    problem: 'whose host or port can be read in more than one way or not at all',
    fix: 'Write a plain host name and, where needed, a port from 1 to 65535, for example {example}.',
  },
  'plain-http': {
    problem: 'which is plain HTTP to a host that is not this machine, so the credential would travel unencrypted',
    fix: 'Use https.',
  },
  path: {
    problem: 'whose path has empty or dot segments',
    fix: 'Write the path without //, /./ and /../.',
  },
}

const NO_SCHEME: UrlFaultWords = {
  problem: 'which has no scheme',
  fix: 'Write the whole URL, for example {example}.',
}

/**
 * Words for what {@link UpstreamFault} says about a text.
 * @param example a URL of the right form for this input.
 */
export function describeUrlFault(text: string, fault: UpstreamFault, example: string): UrlFaultWords {
  const words =
    fault === 'not-a-url' && /^[\x21-\x5b\x5d-\x7e]+$/.test(text) && !text.includes('://') ? NO_SCHEME : WORDS[fault]
  return { problem: words.problem, fix: words.fix.replace('{example}', example) }
}
