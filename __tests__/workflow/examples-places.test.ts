import { expect, it } from '@jest/globals'
import { describeWith } from '../support/needs.ts'
import { ACTIONS } from './examples/action-stand-ins.ts'
import { readExample } from './examples/agentic-workflow.ts'
import { describeExample } from './examples/describe-example.ts'
import { CONTAINER_EXAMPLES, findContainerObstacle, SHAPE_EXAMPLES, USER_EXAMPLES } from './examples/places.ts'
import { runWorkflow } from './run-workflow.ts'

for (const row of [...SHAPE_EXAMPLES, ...CONTAINER_EXAMPLES, ...USER_EXAMPLES]) describeExample(row)

const NEEDS = { programs: ['bash', 'unshare', 'nsenter', 'nft'], isRoot: true }

if (findContainerObstacle() === undefined) {
  describeWith(NEEDS, 'examples/container-job.yml, with the enforced level', () => {
    // Without a network of the machine's, so that nothing could be closed if the action did not refuse.
    it('is refused with the reason, and the agent does not run', async () => {
      const [job] = await runWorkflow({
        ...readExample('container-job.yml'),
        given: { secrets: { OPENAI_API_KEY: 'sk-proj-never-asked-about-0123456789abcdef' } },
        machine: { inhabitant: { kind: 'container', network: 'none' } },
        actions: ACTIONS,
        replace: () => ({ 'firewall-level': 'enforced' }),
      })
      expect(job?.steps.map(({ kind, outcome }) => `${kind} ${outcome}`)).toEqual([
        'stand-in success',
        'bundles failure',
        'none skipped',
      ])
      expect(job?.steps[1]?.log).toContain('in a job container the process of the job cannot be watched')
    })
  })
}
