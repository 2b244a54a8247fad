// Which of two connections of one peer stays.
//
// When both sides have dialled at the same moment, both keep the connection that the smaller peer id began; if each kept the
// one that it saw first, each could close the other's. Otherwise the older connection stays.

/** Two connections of a peer that were opened within this time may be two sides dialling each other. */
const CROSSING_MS = 10_000

/** A connection past its handshake. */
export interface Crossing {
  readonly direction: 'in' | 'out'
  readonly openedAtMs: number
  readonly peerId: Uint8Array
}

/** Whether `newer` stays in place of `older`. */
export function replaces(newer: Crossing, older: Crossing, ownId: Uint8Array, nowMs: number): boolean {
  const isCrossing = newer.direction !== older.direction && nowMs - older.openedAtMs < CROSSING_MS
  const isOursSmaller = Buffer.compare(ownId, newer.peerId) < 0
  return isCrossing && isOursSmaller === (newer.direction === 'out')
}
