// A proxy as the rest of the program sees it. Everything that is made here is connected to the proxy and to nothing else,
// so that without the proxy nothing is sent at all.

import { isIP } from 'node:net'
import type { TcpNetConnectOpts } from 'node:net'

import { formatEndpoint } from '@ccbt/address'
import type { BindAddresses, Endpoint } from '@ccbt/address'
import type { Clock } from '@ccbt/primitives'

import { proxyFailed } from './errors.ts'
import type { Handshake } from './handshake.ts'
import { HttpConnectHandshake } from './http-connect.ts'
import { Relay } from './relay.ts'
import type { RelayHandler, UdpRelay } from './relay.ts'
import { isProxyTarget, proxyLabel } from './settings.ts'
import type { ProxySettings } from './settings.ts'
import { Socks5Handshake } from './socks5.ts'
import type { Socks5Request } from './socks5.ts'
import { openTunnel } from './tunnel.ts'
import type { Tunnel, TunnelOptions } from './tunnel.ts'

/** For reaching the proxy and getting an association. */
const ASSOCIATE_TIMEOUT_MS = 10_000
/** RFC 1928 lets those who do not know their outer address and port say that. */
const UNKNOWN: Endpoint = { host: '0.0.0.0', port: 0 }

/** The way out of this machine. */
export interface Proxy {
  /** `socks5://127.0.0.1:1080`, without credentials. */
  readonly label: string
  /** Begins a connection to `target`, whose name the proxy resolves. */
  tunnel(target: Endpoint, options: TunnelOptions): Tunnel
  /** Begins an association for UDP; absent for HTTP, which has none. */
  readonly relay: ((handler: RelayHandler) => UdpRelay) | undefined
}

/** What a proxy is used with. */
export interface ProxyParts {
  readonly clock: Clock
  /** Local addresses of all sockets. */
  readonly bind?: BindAddresses
  /** Nothing gets through any more; told once until something does. */
  readonly onDown?: (reason: string) => void
}

/**
 * A proxy; nothing is sent before it is used.
 * @example
 * const proxy = createProxy(parseProxyUrl('socks5://127.0.0.1:1080'), { clock })
 * const { socket, ready } = proxy.tunnel({ host: 'example.org', port: 80 }, { timeoutMs: 10_000, signal })
 */
export function createProxy(settings: ProxySettings, { clock, bind = {}, onDown }: ProxyParts): Proxy {
  const { kind, host, port, credentials } = settings
  const label = proxyLabel(settings)
  const localAddress = isIP(host) === 6 ? bind.v6 : (bind.v4 ?? bind.v6)
  const place: TcpNetConnectOpts = {
    host,
    port,
    ...(localAddress === undefined ? {} : { localAddress, family: isIP(localAddress) }),
  }
  let isDown = false
  const failure = (cause: unknown, isProxys: boolean): Error => {
    const error = proxyFailed(label, cause, isProxys)
    if (isProxys && !isDown) onDown?.(error.message)
    isDown ||= isProxys
    return error
  }
  const open = (handshake: Handshake, options: TunnelOptions): Tunnel => {
    const tunnel = openTunnel({ handshake, place, clock, failure }, options)
    const isUp = (): void => void (isDown = false)
    // Who opened the tunnel hears of its failure.
    tunnel.ready.then(isUp, () => {})
    return tunnel
  }
  const socks5 = (request: Socks5Request): Handshake =>
    new Socks5Handshake({ ...request, ...(credentials === undefined ? {} : { credentials }) })
  const handshakeTo = (target: Endpoint): Handshake =>
    kind === 'http' ? new HttpConnectHandshake(target, credentials) : socks5({ command: 'connect', target })
  const associate = (signal: AbortSignal): Tunnel =>
    open(socks5({ command: 'udp-associate', target: UNKNOWN }), { timeoutMs: ASSOCIATE_TIMEOUT_MS, signal })
  return {
    label,
    tunnel: (target, options) => {
      if (!isProxyTarget(target))
        throw failure(`it cannot be asked for ${JSON.stringify(formatEndpoint(target))}`, false)
      return open(handshakeTo(target), options)
    },
    relay:
      kind === 'http' ? undefined : (handler) => new Relay({ label, clock, bind: localAddress, associate }, handler),
  }
}
