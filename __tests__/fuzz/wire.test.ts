import { createClientHelloTarget } from '../../fuzz/targets/client-hello.ts'
import { createDnsTarget, createRealAnswerer } from '../../fuzz/targets/dns.ts'
import { createMachineTextsTarget } from '../../fuzz/targets/machine-texts.ts'
import { createBridgeOpeningTarget } from '../../fuzz/targets/openings.ts'
import { parseBridgeOpening } from '../../src/core/bridge-opening.ts'
import { parseClientHello } from '../../src/core/egress-wire/client-hello.ts'
import { holdTarget } from './hold-target.ts'

holdTarget(createBridgeOpeningTarget(), [
  {
    defect: 'takes 0 for a port',
    create: () =>
      createBridgeOpeningTarget((line) => {
        const opening = parseBridgeOpening(line)
        return opening?.port === 443 ? { ...opening, port: 0 } : opening
      }),
  },
])

holdTarget(createClientHelloTarget(), [
  {
    defect: 'reads the first record only',
    create: () =>
      createClientHelloTarget((bytes) =>
        parseClientHello(bytes.length < 5 ? bytes : bytes.subarray(0, 5 + bytes.readUInt16BE(3))),
      ),
  },
  {
    defect: 'reads another name than the server',
    create: () =>
      createClientHelloTarget((bytes) => {
        const reading = parseClientHello(bytes)
        return reading.kind === 'hello' && reading.name.length === 3
          ? { ...reading, name: 'evil.example' as never }
          : reading
      }),
  },
])

holdTarget(createDnsTarget(), [
  {
    defect: 'answers with an id of its own',
    create: () => {
      const answer = createRealAnswerer()
      return createDnsTarget((message) => {
        const reply = answer(message)
        reply?.writeUInt16BE(0x1234, 0)
        return reply
      })
    },
  },
])

holdTarget(createMachineTextsTarget(), [
  {
    defect: 'takes a name for the address of a name server',
    create: () =>
      createMachineTextsTarget({
        parseNameservers: (text) => [...text.matchAll(/nameserver\s+(\S+)/g)].map(([, server]) => server ?? ''),
      }),
  },
])
