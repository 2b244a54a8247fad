// TCP and uTP as one: both listen on the same port number, and who is dialled is dialled over TCP with uTP behind it.
// TCP goes first because the kernel carries it at a fraction of the cost; uTP gets through where TCP does not.

import { dialStaggered } from './staggered-dial.ts'
import { listenTogether } from './shared-port.ts'
import type { SocketFactory } from './socket-factory.ts'

/** Head start of TCP to a peer that may not know uTP: dead addresses get no second packet before that. */
const HEAD_START_MS = 1000
/** To one that does. */
const KNOWN_HEAD_START_MS = 250

/** The two ways to a peer. */
export interface DualFactoryParts {
  readonly tcp: SocketFactory
  readonly utp: SocketFactory
}

/**
 * A factory over two others.
 * @example
 * const sockets = createDualFactory({ tcp: createSocketFactory(), utp: createUtpFactory({ clock, random }) })
 * const stream = await sockets.dial(endpoint, { timeoutMs: 10_000, signal, speaksUtp: true })
 */
export function createDualFactory({ tcp, utp }: DualFactoryParts): SocketFactory {
  return {
    dial: (endpoint, options) =>
      dialStaggered(
        (options.only === 'utp' ? [utp] : [tcp, utp]).map(
          (factory) => (signal) => factory.dial(endpoint, { ...options, signal }),
        ),
        { headStartMs: options.speaksUtp === true ? KNOWN_HEAD_START_MS : HEAD_START_MS, signal: options.signal },
      ),
    listen: (port, accept) =>
      listenTogether(
        port,
        [tcp, utp].map((factory) => (number) => factory.listen(number, accept)),
      ),
  }
}
