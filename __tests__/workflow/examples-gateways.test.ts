import { describeExample } from './examples/describe-example.ts'
import { GATEWAY_EXAMPLES } from './examples/gateways.ts'

for (const row of GATEWAY_EXAMPLES) describeExample(row)
