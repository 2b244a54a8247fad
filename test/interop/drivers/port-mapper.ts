// Maps TCP port 6881, as a program of its own: it has to be in the network of the gateway. Arguments: the local address
// and how to ask (any, nat-pmp, upnp). Prints what it got as a line of JSON, and ends with SIGTERM.

import { createNatPmp } from '../../../packages/discovery/src/port-mapping/nat-pmp.ts'
import { createPortMapper } from '../../../packages/discovery/src/port-mapping/port-mapper.ts'
import { seededRandom } from '@ccbt/primitives'
import { scaledClock } from '@ccbt/testkit'

const [from = '', how = 'any', gateway = ''] = process.argv.slice(2)
const parts = { clock: scaledClock(), random: seededRandom(process.pid) }
const print = (value: unknown): void => console.log(JSON.stringify(value))
// A timer keeps the process alive.
const alive = setInterval(() => {}, 1000)
const ended = new Promise<void>((resolve) => process.once('SIGTERM', resolve))

if (how === 'nat-pmp') {
  const signal = AbortSignal.timeout(10_000)
  const method = createNatPmp({ endpoint: { host: gateway, port: 5351 }, from }, parts)
  const wish = { protocol: 'tcp', internalPort: 6881, externalPort: 6881, nonce: new Uint8Array(12) } as const
  const outcome = await method.map(wish, signal)
  print(outcome.kind === 'granted' ? { via: method.via, ...outcome.grant } : outcome)
  await ended
  await method.unmap(wish, signal)
} else {
  await using mapper = createPortMapper({
    ...parts,
    userAgent: 'ccbt/interop',
    bind: { v4: from },
    onMapped: print,
    onFailed: (reason) => print({ reason }),
    // Without a gateway the search is what is left.
    ...(how === 'upnp' ? { gateways: [] } : {}),
  })
  mapper.map('tcp', 6881)
  await ended
}
clearInterval(alive)
