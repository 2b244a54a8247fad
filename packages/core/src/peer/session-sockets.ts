// The sockets of a session's peer connections, by what it may use and where.

import { isIP } from 'node:net'

import type { BindAddresses } from '@ccbt/address'
import { CcbtError } from '@ccbt/primitives'
import type { Clock, Random } from '@ccbt/primitives'
import type { Proxy } from '@ccbt/proxy'
import { createDualFactory, createSocketFactory, createUtpFactory } from '@ccbt/transport'
import type { SocketFactory, UtpFactory } from '@ccbt/transport'

/** What carries peer connections; both by default. */
export interface TransportChoice {
  readonly tcp?: boolean
  /** Micro transport protocol (BEP 29). */
  readonly utp?: boolean
}

/** How the sockets are made. */
export interface SessionSocketsOptions {
  /** Somebody else's factory, to be used instead. */
  readonly given: SocketFactory | undefined
  readonly transports: TransportChoice | undefined
  /** The way to all peers; absent = straight. */
  readonly proxy: Proxy | undefined
  readonly bind: BindAddresses
  readonly clock: Clock
  readonly random: Random
}

/** One factory for all connections. */
export interface SessionSockets {
  readonly factory: SocketFactory
  /** What peers use to come to its port. */
  readonly protocols: readonly ('tcp' | 'udp')[]
  /** The part of it that uses UDP, and whose port others may share. */
  readonly utp?: UtpFactory
}

/** @throws SESSION_NO_TRANSPORT */
export function createSessionSockets({
  given,
  transports = {},
  proxy,
  ...network
}: SessionSocketsOptions): SessionSockets {
  if (given !== undefined) return { factory: given, protocols: ['tcp'] }
  const tcp = transports.tcp === false ? undefined : createSocketFactory({ ...network, ...(proxy && { proxy }) })
  const utp = transports.utp === false ? undefined : utpFactory(network, proxy)
  if (tcp !== undefined && utp !== undefined)
    return { factory: createDualFactory({ tcp, utp }), protocols: ['tcp', 'udp'], utp }
  if (utp !== undefined) return { factory: utp, protocols: ['udp'], utp }
  if (tcp !== undefined) return { factory: tcp, protocols: ['tcp'] }
  const message = 'neither TCP nor uTP may be used, and one of them is needed to reach peers'
  throw new CcbtError('SESSION_NO_TRANSPORT', message, { blame: 'input', context: {} })
}

/** None through a proxy that does not carry UDP. */
function utpFactory(
  network: Pick<SessionSocketsOptions, 'bind' | 'clock' | 'random'>,
  proxy: Proxy | undefined,
): UtpFactory | undefined {
  if (proxy === undefined) return createUtpFactory(network)
  return proxy.relay === undefined ? undefined : createUtpFactory({ ...network, relay: proxy.relay })
}

/** One address is that of its family. */
export function bindAddresses(bind: string | BindAddresses | undefined): BindAddresses {
  if (typeof bind !== 'string') return bind ?? {}
  return isIP(bind) === 6 ? { v6: bind } : { v4: bind }
}
