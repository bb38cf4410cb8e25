import { describeExample } from './examples/describe-example.ts'
import { VENDOR_EXAMPLES } from './examples/vendors.ts'

for (const row of VENDOR_EXAMPLES) describeExample(row)
