import type { World } from '../harness/world.ts'
import type { Level } from './level.ts'
import { KEY } from './level.ts'

/**
 * No firewall, and a careless sidecar: the runner's own user, the key in its environment, arguments, memory and an open file. What
 * the cases show here is what they would show of a firewall that does nothing.
 */
export async function startOff(world: World): Promise<Level> {
  const careless =
    "require('fs').writeFileSync('/tmp/careless', process.env.KEY); require('fs').openSync('/tmp/careless'); globalThis.kept = Buffer.alloc(64, process.env.KEY); console.log('careless'); setInterval(() => globalThis.kept, 1000)"
  const sidecar = world.machine.start(['node', '-e', careless, KEY], { user: 'runner', environment: { KEY } })
  await sidecar.says('careless')
  const run = (line: string, user: 'runner' | 'root', environment: Readonly<Record<string, string>>) =>
    world.machine.start(['timeout', '-k', '1', '25', 'bash', '-c', line], { user, environment })
  return {
    environment: { PROXY: '', ANYPROXY: 'http://127.0.0.1:9', MODEL: '', MODELTOKEN: '' },
    run: (one, { environment }) => run(one.script, one.kind === 'use' ? one.user : 'runner', environment),
    runLater: (line, { environment }) => run(line, 'runner', environment),
    listInterruptions: async () => [],
    stop: async () => {
      // What a case has planted here would be run as root at the next level, which was not there to keep it out.
      await world.machine.root('rm -f /usr/local/bin/maintenance; pkill -f careless')
      await sidecar.outcome
    },
  }
}
