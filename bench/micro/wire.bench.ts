// What the wire decoder costs per 16 KiB block by the size of the reads, the one copy into the piece included, and what it
// allocates per block (needs --expose-gc). The handler allocates nothing.

import { silentWire } from '@ccbt/testkit'
import { createDecoder, encodePieceHeader, PIECE_HEADER_BYTES } from '@ccbt/wire-protocol'
import type { WireDecoder, WireHandler } from '@ccbt/wire-protocol'

const BLOCK_BYTES = 16_384
const MESSAGE_BYTES = PIECE_HEADER_BYTES + BLOCK_BYTES
/** One piece of 1 MiB. */
const BLOCKS = 64
const WARM_UP_PIECES = 100
const PIECES_PER_SAMPLE = 40
const SAMPLES = 15
/** Few enough that the young generation is not collected in between. */
const PIECES_FOR_HEAP = 4

function handlerInto(blocks: readonly Uint8Array[]): WireHandler {
  return silentWire({ blockBegin: (_, begin) => blocks[begin / BLOCK_BYTES] })
}

/** The blocks of a piece as they stand on the wire. */
function pieceOnTheWire(): Uint8Array {
  const out = new Uint8Array(BLOCKS * MESSAGE_BYTES)
  for (let i = 0; i < BLOCKS; i++) {
    encodePieceHeader(out, i * MESSAGE_BYTES, { piece: 0, begin: i * BLOCK_BYTES, length: BLOCK_BYTES })
  }
  return out
}

function decoderOfPiece(): WireDecoder {
  const piece = new Uint8Array(BLOCKS * BLOCK_BYTES)
  const blocks = Array.from({ length: BLOCKS }, (_, i) => piece.subarray(i * BLOCK_BYTES, (i + 1) * BLOCK_BYTES))
  return createDecoder(handlerInto(blocks), { maxBlockLength: BLOCK_BYTES }, { expectHandshake: false })
}

/** Microseconds and heap bytes per block with reads of this size. */
function measure(readBytes: number): { us: number; heapBytes: number } {
  const bytes = pieceOnTheWire()
  const reads: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += readBytes) reads.push(bytes.subarray(at, at + readBytes))
  const decoder = decoderOfPiece()
  const pieces = (count: number): void => {
    for (let i = 0; i < count; i++) for (const read of reads) decoder.push(read)
  }
  pieces(WARM_UP_PIECES)
  const samples = Array.from({ length: SAMPLES }, () => {
    const start = performance.now()
    pieces(PIECES_PER_SAMPLE)
    return ((performance.now() - start) * 1000) / (PIECES_PER_SAMPLE * BLOCKS)
  })
  samples.sort((a, b) => a - b)
  globalThis.gc?.()
  const heap = process.memoryUsage().heapUsed
  pieces(PIECES_FOR_HEAP)
  const grown = process.memoryUsage().heapUsed - heap
  return { us: samples[SAMPLES >>> 1]!, heapBytes: grown / (PIECES_FOR_HEAP * BLOCKS) }
}

/** Prints the median of the time and the heap bytes per block for three read sizes. */
export async function run(): Promise<void> {
  console.log('wire decoder        us/block   heap bytes/block')
  for (const readBytes of [262_144, 65_536, 1460]) {
    const { us, heapBytes } = measure(readBytes)
    console.log(
      `  ${String(readBytes).padStart(7)} B reads  ${us.toFixed(2).padStart(8)}   ${heapBytes.toFixed(0).padStart(8)}`,
    )
  }
}
