import { readFileSync } from 'node:fs'
import path from 'node:path'
import { deriveSidecarArguments } from '../../../src/action/sidecar-command.ts'
import type { LaunchMessage } from '../../../src/core/sidecar-config.ts'
import { createLaunchMessage, upstreamOf } from '../../support/sidecar-launch.ts'
import { NAME_SERVER } from '../addresses.ts'
import { RUNNER } from '../harness/machine.ts'
import type { RunnerProcess, World } from '../harness/world.ts'

/** The bundles as the machine sees them. */
export const bundle = (name: string): string => path.join('/mnt/stage/dist', name, 'index.js')

/** The sidecar of the made-up job: one provider, whose upstream is a server of the outside. */
export function deriveSidecarLaunch(
  { stage }: World,
  runner: RunnerProcess,
  firewallLog?: string,
): { message: LaunchMessage; arguments: string[] } {
  return {
    message: createLaunchMessage({
      providers: [{ id: 'openai', upstream: upstreamOf('https://api.model.example.com/v1') }],
      config: {
        runnerUid: RUNNER.uid,
        extraCa: [readFileSync(path.join(stage, 'ca.pem'), 'utf8')],
        watch: { pid: runner.pid, startTime: runner.startTime },
        nameservers: [NAME_SERVER.v4],
        hosts: '',
        ...(firewallLog === undefined ? {} : { firewall: { level: 'enforced', mode: 'block', logPath: firewallLog } }),
      },
    }),
    arguments: deriveSidecarArguments({
      firewallLog,
      sidecar: bundle('sidecar'),
      worker: bundle('worker'),
      credentialProcess: bundle('credential-process'),
      platform: 'linux',
      watchedPid: runner.pid,
    }),
  }
}
