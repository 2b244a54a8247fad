// What the wire decoder costs per 16 KiB block, by the size of the reads, the one copy into the piece included.

import { createDecoder, encodePieceHeader } from '@ccbt/wire-protocol'
import type { WireHandler } from '@ccbt/wire-protocol'

const BLOCK = 16_384
const BLOCKS = 65_536

function handlerInto(segment: Uint8Array): WireHandler {
  const nothing = (): void => {}
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
    blockBegin: (_, begin, length) => segment.subarray(begin, begin + length),
    blockEnd: nothing,
    extended: nothing,
  }
}

/** 64 blocks of one 1 MiB piece as they stand on the wire. */
function stream(): Uint8Array {
  const out = new Uint8Array(64 * (13 + BLOCK))
  for (let i = 0; i < 64; i++) encodePieceHeader(out, i * (13 + BLOCK), { piece: 0, begin: i * BLOCK, length: BLOCK })
  return out
}

/** Prints microseconds and heap bytes per block for three read sizes. */
export async function run(): Promise<void> {
  const bytes = stream()
  console.log('wire decoder        us/block   heap bytes/block')
  for (const readBytes of [262_144, 65_536, 1460]) {
    const decoder = createDecoder(
      handlerInto(new Uint8Array(1 << 20)),
      { maxBlockLength: BLOCK },
      { expectHandshake: false },
    )
    const rounds = readBytes === 1460 ? BLOCKS / 256 : BLOCKS / 64
    const once = (): void => {
      for (let at = 0; at < bytes.length; at += readBytes) decoder.push(bytes.subarray(at, at + readBytes))
    }
    for (let i = 0; i < 50; i++) once()
    globalThis.gc?.()
    const heap = process.memoryUsage().heapUsed
    const start = performance.now()
    for (let i = 0; i < rounds; i++) once()
    const us = ((performance.now() - start) * 1000) / (rounds * 64)
    const grown = Math.max(0, process.memoryUsage().heapUsed - heap) / (rounds * 64)
    console.log(
      `  ${String(readBytes).padStart(7)} B reads  ${us.toFixed(2).padStart(8)}   ${grown.toFixed(0).padStart(8)}`,
    )
  }
}
