import type { WireHandler } from '@ccbt/wire-protocol'

function nothing(): undefined {}

/**
 * A handler that takes every message and does nothing with it, but for those in `handlers`. Blocks are skipped.
 * @example createDecoder(silentWire({ have: (piece) => seen.push(piece) }), { maxBlockLength: 16_384 })
 */
export function silentWire(handlers: Partial<WireHandler> = {}): WireHandler {
  return {
    handshake: nothing,
    keepAlive: nothing,
    choke: nothing,
    unchoke: nothing,
    interested: nothing,
    notInterested: nothing,
    have: nothing,
    bitfield: nothing,
    haveAll: nothing,
    haveNone: nothing,
    request: nothing,
    cancel: nothing,
    reject: nothing,
    suggest: nothing,
    allowedFast: nothing,
    port: nothing,
    blockBegin: nothing,
    blockEnd: nothing,
    extended: nothing,
    ...handlers,
  }
}
