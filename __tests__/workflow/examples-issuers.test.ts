import { describeExample } from './examples/describe-example.ts'
import { ISSUER_EXAMPLES } from './examples/issuers.ts'

for (const row of ISSUER_EXAMPLES) describeExample(row)
