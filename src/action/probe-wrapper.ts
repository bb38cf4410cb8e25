import { existsSync, readFileSync } from 'node:fs'
import type { WrapTools } from '../core/wrapper/agent-exec-config.ts'
import {
  decideWrapper,
  deriveWrapTools,
  type FoundTools,
  WRAP_TOOLS,
  type WrapKernel,
  type WrapperDecision,
  type WrapStage,
  type WrapToolName,
  type WrapTrial,
} from '../core/wrapper/decide-wrapper.ts'
import { renderInner, renderOuter } from '../core/wrapper/render-wrapping.ts'
import { deriveRulePlan } from '../firewall/derive-rule-plan.ts'
import { renderNft } from '../firewall/render-nft.ts'
import { type BriefResult, runBriefly } from './run-briefly.ts'

/** Only here, never by PATH: an earlier step may have changed that. */
const DIRECTORIES = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin', '/usr/local/sbin']
const TRIAL_MS = 10_000

/** bash where there is one: other shells drop variables whose names they cannot hold. */
const FILE_NAMES: Readonly<Partial<Record<WrapToolName, readonly string[]>>> = { shell: ['bash', 'sh'] }

export interface WrapperProbe {
  readonly platform: NodeJS.Platform
  readonly uid: number
  readonly gid: number
}

/**
 * Finds out whether commands can be wrapped on this machine, by wrapping one: both layers, the real rules, nothing behind them.
 * Costs some 50 ms; leaves nothing behind.
 */
export async function probeWrapper({ platform, uid, gid }: WrapperProbe): Promise<WrapperDecision> {
  if (platform !== 'linux') return decideWrapper({ platform, found: {}, trials: [], kernel: NO_KERNEL })
  const found = findTools()
  const canRestore = found.env !== undefined && (await canRestoreSignals(found.env))
  const trials: WrapTrial[] = []
  for (const tools of deriveWrapTools(found, canRestore)) {
    trials.push(await tryWrapping(tools, { uid, gid }))
    if (trials.at(-1)?.reached === 'command') break
  }
  return decideWrapper({ platform, found, trials, kernel: readKernel() })
}

function findTools(): FoundTools {
  const found = WRAP_TOOLS.flatMap((tool) => {
    const paths = (FILE_NAMES[tool] ?? [tool]).flatMap((name) => DIRECTORIES.map((directory) => `${directory}/${name}`))
    const path = paths.find((candidate) => existsSync(candidate))
    return path === undefined ? [] : [[tool, path]]
  })
  return Object.fromEntries(found) as FoundTools
}

async function canRestoreSignals(env: string): Promise<boolean> {
  return (await run([env, '--ignore-signal=INT', env, '--default-signal=INT', 'true'])).code === 0
}

/** Says how far it has come; the rest of its arguments is the inner layer. */
const SCRIPT =
  'echo outer; ip=$1 nft=$2 rules=$3; shift 3; "$ip" link set lo up && printf %s "$rules" | "$nft" -f - && echo rules && exec "$@"'
const PORTS = { tls: 1, http: 2, tcp: 3, dnsUdp: 4, dnsTcp: 5 }

async function tryWrapping(tools: WrapTools, user: { uid: number; gid: number }): Promise<WrapTrial> {
  const layout = {
    ...user,
    ...{ cwd: '/', shellVariables: {}, readOnlyPaths: [], hiddenDirectories: ['/run'], hiddenFiles: [] },
    ...{ resolvConf: null, seccompFd: null, resolvConfFd: null },
  }
  const inner = renderInner(tools, layout, ['/bin/sh', '-c', 'echo command'])
  const outer = [
    '/bin/sh',
    '-c',
    SCRIPT,
    'sh',
    tools.ip,
    tools.nft,
    renderNft(deriveRulePlan({ kind: 'wrapped', ports: PORTS })),
    ...inner,
  ]
  const { stdout, stderr } = await run(renderOuter(tools, outer))
  const reached = (stdout.trim().split('\n').at(-1) ?? '') as WrapStage | ''
  return { tools, reached: reached === '' ? 'nothing' : reached, said: stderr.trim().split('\n')[0] ?? '' }
}

function run(argv: readonly string[]): Promise<BriefResult> {
  return runBriefly({ argv, environment: { PATH: DIRECTORIES.join(':') }, limitMs: TRIAL_MS })
}

const NO_KERNEL: WrapKernel = {
  maxUserNamespaces: null,
  apparmorRestricts: false,
  isCloneOff: false,
  isContainer: false,
}

function readKernel(): WrapKernel {
  const limit = readSetting('user/max_user_namespaces')
  return {
    maxUserNamespaces: limit === undefined ? null : Number(limit),
    apparmorRestricts: readSetting('kernel/apparmor_restrict_unprivileged_userns') === '1',
    isCloneOff: readSetting('kernel/unprivileged_userns_clone') === '0',
    isContainer: CONTAINER_MARKS.some((mark) => existsSync(mark)),
  }
}

const CONTAINER_MARKS = ['/.dockerenv', '/run/.containerenv', '/var/run/secrets/kubernetes.io']

function readSetting(name: string): string | undefined {
  try {
    return readFileSync(`/proc/sys/${name}`, 'utf8').trim()
  } catch {
    return undefined
  }
}
