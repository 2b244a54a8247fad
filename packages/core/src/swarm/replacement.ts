// Which connection makes room when all places are taken and somebody else comes (BEP 40): one over which nothing goes
// either way, whose peer suits us less than the new one.

import type { Endpoint } from '@ccbt/address'

import type { Connection } from '../peer/connection.ts'
import type { ExternalAddress } from '../peer/external-address.ts'

/** What a peer gets to become of use. */
const TRIAL_MS = 20_000

/**
 * The one of the lowest priority, of several the oldest; `undefined` when all are better than the newcomer, or our own
 * address is unknown.
 */
export function replaceable(
  connections: Iterable<Connection>,
  newcomer: Endpoint,
  externalAddress: Pick<ExternalAddress, 'priorityOf'>,
  nowMs: number,
): Connection | undefined {
  let lowest = externalAddress.priorityOf(newcomer)
  if (lowest === undefined) return undefined
  let worst: Connection | undefined
  for (const connection of connections) {
    if (!isUseless(connection, nowMs)) continue
    const priority = externalAddress.priorityOf(connection.stream.remote)
    if (priority === undefined || priority > lowest) continue
    if (priority === lowest && (worst === undefined || connection.openedAtMs >= worst.openedAtMs)) continue
    worst = connection
    lowest = priority
  }
  return worst
}

function isUseless({ amInterested, amChoking, isHandshaken, openedAtMs, known }: Connection, nowMs: number): boolean {
  if (amInterested || !amChoking || known?.origin === 'manual') return false
  return isHandshaken && nowMs - openedAtMs >= TRIAL_MS
}
