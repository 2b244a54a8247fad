// Connections through a proxy for node's own HTTP clients: what they call instead of connecting. Apart from the rest of
// the package, because TLS takes long to load.

import type { ClientRequestArgs } from 'node:http'
import type { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'

import { normalIp } from '@ccbt/address'

import type { Proxy } from './proxy.ts'
import type { TunnelOptions } from './tunnel.ts'

/** A `createConnection` of node's HTTP agents and requests. */
export type Connector = (target: ClientRequestArgs, created?: Created) => undefined

type Created = (error: Error | null, socket: Duplex) => void

/** Makes connections for `http:` or `https:` through `proxy`, which resolves the names. Certificates are checked. */
export function httpConnector(
  proxy: Pick<Proxy, 'tunnel'>,
  protocol: 'http:' | 'https:',
  options: Pick<TunnelOptions, 'timeoutMs' | 'signal'>,
): Connector {
  return ({ host, port }, created) => {
    const name = host ?? ''
    const tunnel = proxy.tunnel({ host: name, port: Number(port) }, options)
    tunnel.ready.then(
      () => created?.(null, protocol === 'http:' ? tunnel.socket : secured(tunnel.socket, name)),
      (error: unknown) => created?.(error instanceof Error ? error : new Error(String(error)), tunnel.socket),
    )
    return undefined
  }
}

/** Nothing is connected to: `host` is what the certificate of an address is checked against. */
function secured(socket: Duplex, host: string): Duplex {
  return connectTls({
    socket,
    host,
    ...(normalIp(host) === undefined ? { servername: host.replace(/\.$/, '') } : {}),
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized: true,
  })
}
