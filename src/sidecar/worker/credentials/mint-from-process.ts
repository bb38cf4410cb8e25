import { FILE_CAUSES } from '../../../core/credentials/causes/file-causes.ts'
import { type CommandExit, classifyCommandExit } from '../../../core/credentials/classify-command-exit.ts'
import { renderSourceFailure } from '../../../core/credentials/find-issuer-cause.ts'
import { LONGEST_JSON, type OutputContext, parseCommandOutput } from '../../../core/credentials/parse-command-output.ts'
import { parseFileValue } from '../../../core/credentials/parse-file-value.ts'
import type { CommandSource, FileSource, SourceFailure, SourceOutcome } from '../../../core/credentials/source.ts'
import { PROVIDERS } from '../../../core/providers/table.ts'
import type { ProviderConfig } from '../../../core/sidecar-config.ts'
import type { SourceResult } from '../../ipc.ts'
import type { SourceContext, SourceReading } from './source-context.ts'
import type { MintReason } from './token-cycler.ts'

export type ProcessSource = CommandSource | FileSource

export interface ProcessMinting {
  readonly provider: ProviderConfig
  readonly source: ProcessSource
  readonly reason: MintReason
}

/** A writer that truncates first is given this long to finish before an empty file counts. */
const TORN_READS = 10
const TORN_PAUSE_MS = 100

/** Has the command run, or the file read, and reads what came of it. */
export async function mintFromProcess(context: SourceContext, minting: ProcessMinting): Promise<SourceReading> {
  const { provider, source, reason } = minting
  const ask = (): Promise<SourceResult> => context.sources.request({ provider: provider.id, reason })
  const keyInput = PROVIDERS[provider.id].keyInput
  if (source.kind === 'file') {
    const output = { input: `${keyInput}-file`, receivedAt: context.clock.now(), redact: context.redact }
    return { outcome: await readFileSource(context, ask, output), isSourceDown: true }
  }
  const output = { input: `${keyInput}-command`, receivedAt: context.clock.now(), redact: context.redact }
  const outcome = readCommandResult(await ask(), output)
  return { outcome, isSourceDown: outcome.kind === 'failure' && !outcome.isPermanent }
}

async function readFileSource(
  context: SourceContext,
  ask: () => Promise<SourceResult>,
  output: OutputContext,
): Promise<SourceOutcome> {
  let torn: SourceFailure | undefined
  for (let attempt = 0; attempt < TORN_READS; attempt += 1) {
    if (attempt > 0) await context.validation.pause(TORN_PAUSE_MS)
    const result = await ask()
    if (result.kind !== 'output') return fileFailure(result, output)
    const reading = parseFileValue(result.text, { ...output, receivedAt: context.clock.now() })
    if (reading.kind !== 'torn') return reading
    torn = reading.failure
  }
  return torn ?? fileFailure({ kind: 'not-started', code: 'EBUSY' }, output)
}

function fileFailure(result: SourceResult, { input }: OutputContext): SourceFailure {
  const how = result.kind === 'not-started' ? result.code : result.kind
  const isMissing = how === 'ENOENT' || how === 'ENOTDIR'
  return renderSourceFailure(isMissing ? FILE_CAUSES.missing : FILE_CAUSES.unreadable, { input, how })
}

function readCommandResult(result: SourceResult, output: OutputContext): SourceOutcome {
  if (result.kind === 'output') return parseCommandOutput(result.text, output)
  const stderr = 'stderr' in result ? output.redact(result.stderr) : ''
  const failure = classifyCommandExit(readExit(result), output.input, stderr)
  return failure ?? parseCommandOutput('', output)
}

function readExit(result: Exclude<SourceResult, { kind: 'output' }>): CommandExit {
  switch (result.kind) {
    case 'exit':
      return result.signal === null
        ? { kind: 'exited', code: result.code ?? -1 }
        : { kind: 'killed', signal: result.signal }
    case 'timeout':
      return { kind: 'timed-out', timeoutMs: result.timeoutMs }
    case 'too-much-output':
      return { kind: 'flooded', limitBytes: LONGEST_JSON }
    case 'not-utf8':
      return { kind: 'not-utf8' }
    case 'not-started':
      return { kind: 'not-started', code: result.code }
  }
}
