// Keeps the answers of a resolver for a minute. Thousands of torrents share a few trackers, and each look-up takes one
// of the four threads that files are opened with, too.

import type { Clock } from '@ccbt/primitives'

import type { Resolve } from '../address-guard.ts'

/** Resolvers tell no lifetime; a tracker that moves is found again at the next announce. */
const LIFETIME_MS = 60_000
/** Names kept; the oldest goes first. */
const MAX_NAMES = 256

interface Known {
  readonly addresses: ReturnType<Resolve>
  readonly until: number
}

/** A resolver that asks `resolve` once a minute per name at most; failures are not kept. */
export function cachedResolve(resolve: Resolve, clock: Pick<Clock, 'now'>): Resolve {
  const names = new Map<string, Known>()
  const remember = (hostname: string): ReturnType<Resolve> => {
    const addresses = resolve(hostname)
    const known = { addresses, until: clock.now() + LIFETIME_MS }
    names.delete(hostname)
    names.set(hostname, known)
    const [oldest] = names.keys()
    if (names.size > MAX_NAMES && oldest !== undefined) names.delete(oldest)
    // Whoever asked is told of the failure by `addresses` itself.
    addresses.catch(() => {
      if (names.get(hostname) === known) names.delete(hostname)
    })
    return addresses
  }
  return (hostname) => {
    const known = names.get(hostname)
    return known !== undefined && known.until > clock.now() ? known.addresses : remember(hostname)
  }
}
