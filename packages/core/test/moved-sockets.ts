// Real sockets of this machine on which the other sides seem to be somewhere else.

import { formatEndpoint } from '@ccbt/address'
import { createSocketFactory } from '@ccbt/transport'
import type { ByteStream, SocketFactory } from '@ccbt/transport'

/** `hostOf` gives the address of the n-th that connects to us; who is dialled is where he was said to be. */
export function movedSockets(hostOf: (n: number) => string): SocketFactory & { readonly dials: string[] } {
  const real = createSocketFactory({ bind: { v4: '127.0.0.1' } })
  const dials: string[] = []
  let accepted = 0
  return {
    dials,
    async dial(endpoint, options) {
      dials.push(formatEndpoint(endpoint))
      return moved(await real.dial({ host: '127.0.0.1', port: endpoint.port }, options), endpoint.host)
    },
    listen: (port, accept) => real.listen(port, (stream) => accept(moved(stream, hostOf(accepted++)))),
  }
}

function moved(stream: ByteStream, host: string): ByteStream {
  return new Proxy(stream, {
    get(target, name) {
      if (name === 'remote') return { host, port: target.remote.port }
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
