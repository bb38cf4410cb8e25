import type { FaultCode } from '../fault.ts'
import type { Advice } from './advice.ts'

/** What each fault of the main step means and what to do; the part of docs/troubleshooting.md about it is made from this. */
export const FAULT_ADVICE = {
  'input-invalid': {
    cause:
      'An input, or a proxy variable of the job, has a value that it cannot have. The message names it, what was found (its shape) and what is needed.',
    fix: 'The value. Nothing is repaired: a missing `https://`, a trailing space, a port on a cloud host are all said, not guessed.',
  },
  'input-conflict': {
    cause: 'Two inputs contradict each other, or a value is given both directly and in `config`.',
    fix: 'Keep one.',
  },
  'config-invalid': {
    cause: '`config` is not a YAML mapping of inputs, or not a readable file. The message has line and column.',
    fix: 'Correct the text at that place; an editor that knows the schema marks it while you write ([configuration](configuration.md)).',
  },
  'topology-invalid': {
    cause:
      '`github-server-url` or `github-api-url` is not the address of a GitHub: no scheme, `http:` to a cloud host, user info, a bare `ghe.com`, a look-alike.',
    fix: 'Usually remove the input, the runner’s own values are the default; else `https://github.com`, `https://<tenant>.ghe.com` or the URL of the server.',
  },
  'topology-contradiction': {
    cause: 'The two URLs belong to different GitHubs, such as a tenant’s web address and `https://api.github.com`.',
    fix: 'Give both or neither.',
  },
  'secret-missing': {
    cause:
      'A key input was given but is empty: the secret’s name is misspelt; it exists in another environment, repository or organization; the job has no `environment:`; or it is a pull request from a fork, which gets no secrets.',
    fix: 'The secret; for forks `on-missing: skip`. For a provider you do not want, leave the input out (or pass `none`).',
  },
  'secret-malformed': {
    cause:
      'The secret has the wrong shape: a line break or space inside, quotes around it, `***`, `Bearer ` in front, a placeholder. Almost always this is how it was pasted.',
    fix: 'Store the bare value again.',
  },
  'secret-wrong-kind': {
    cause:
      'The secret has the right shape of another thing: a classic `ghp_` token for Copilot, an Anthropic key for OpenAI, our own token of the run given back as a key.',
    fix: 'The kind that the message names.',
  },
  'oidc-unavailable': {
    cause:
      'A source of a credential starts from an identity token of GitHub (`azure-…`, `aws-…`, `gcp-…`, `anthropic-…`, `openai-…` inputs), and the job may not ask for one.',
    fix: 'Add `permissions: { contents: read, id-token: write }` to the job, with what else it needs. Pull requests from forks never get this right; `on-missing: skip` leaves the provider out for them.',
  },
  'nothing-configured': {
    cause: 'No provider is configured.',
    fix: 'Give at least one key input, or `provider-base-url`.',
  },
  'credential-rejected': {
    cause:
      'An upstream refused the key, or the source of the credential gave none. The sentence is a row of [the dictionary](#what-the-check-of-a-key-found), or of [that of sources](#why-a-source-gives-no-credential).',
    fix: 'What the sentence says. With `validate: warn` the step goes on.',
  },
  'credential-inconclusive': {
    cause:
      'The key could not be judged: the upstream was not reached, limits the rate, or has no free request that proves a key.',
    fix: 'None is needed where the upstream is only down for a moment; else what the sentence says. The step goes on with a warning, also with `validate: strict`: a gateway that is down for a minute says nothing about the key.',
  },
  'model-unavailable': {
    cause:
      '`copilot-model` is not in the listing that this token gets: a spelling, a model that is not enabled for the account, or an integration id that sees fewer models.',
    fix: 'One of the names that the message has, or none at all.',
  },
  'sidecar-start': {
    cause:
      'The sidecar did not become ready. The message has its last words. Known causes: the executable copy could not be made (a `noexec` tool cache), the address in `listen-address` does not belong to this machine, the runner is out of memory.',
    fix: 'What the last words name; for a `noexec` tool cache, set `RUNNER_TOOL_CACHE` to another file system.',
  },
  'firewall-unavailable': {
    cause:
      'The level of the firewall that was asked for is not possible on this machine, or, with `firewall-level: auto` and `egress-policy: block`, no level that blocks. The message names each obstacle: no Linux, no root (`sudo` asks for a password or is missing), `nft` not installed, a job container, user namespaces switched off, no name server. «A firewall of this action stands already» means that another job of this machine, or an earlier step of this one, has set it up and closed `sudo`; whatever the level, its rules would judge this job too. If no other job runs, its guard was killed and the machine stayed closed on purpose: root opens it again with one command ([decision](decisions/0023-a-killed-guard-leaves-the-machine-closed.md)). The step never goes on with less than was asked for.',
    fix: 'Remove the obstacle, or say what you accept: `firewall-level: wrapped` or `cooperative`, or `egress-policy: off`.',
  },
  'firewall-start': {
    cause:
      'The firewall was possible, but did not come up; what had been changed was taken back. The message has the reason: rules that the kernel did not load, a `sudo` that could not be closed (another rule grants it again), a proof that failed, another job on this machine that holds the firewall.',
    fix: 'The cause it names. With `sudo: keep` or `docker: keep` these stay open, and the firewall is advisory.',
  },
  'cli-file': {
    cause:
      'A configuration file of a CLI could not be changed safely: it does not parse, or belongs to somebody else. Nothing was written.',
    fix: 'The file that the message names.',
  },
  internal: {
    cause: 'A defect of ours.',
    fix: 'Please report the message and the sidecar log.',
  },
} as const satisfies Readonly<Record<FaultCode, Advice>>
