// A lane between a server whose bytes come in any portions and a store that has no room at times.

import { Layout, seededRandom } from '@ccbt/primitives'
import type { BlockId, PeerSlot, PieceIndex } from '@ccbt/primitives'
import { createPicker } from '@ccbt/piece-picker'
import type { FetchOutcome, RangeSink, WebSeed } from '@ccbt/web-seed'
import { scaledClock } from '@ccbt/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { RateLimit } from '../src/limit/rate-limit.ts'
import { BlockIntake } from '../src/download/block-intake.ts'
import { blockRanges } from '../src/download/web-seeds/block-ranges.ts'
import { Lane } from '../src/download/web-seeds/lane.ts'
import { BLOCK } from './support.ts'

const SLOT = 7 as PeerSlot
const OTHER = 8 as PeerSlot
const BLOCKS = 4
const layout = new Layout({ totalLength: 3 * BLOCKS * BLOCK - 1000, pieceLength: BLOCKS * BLOCK })
const random = seededRandom(3)
const bytes = new Uint8Array(layout.totalLength).map(() => random.u32())
const clock = scaledClock()

/** A lane with all that it needs; `hasRoom` decides about each new piece in memory. */
function setUp(hasRoom: () => boolean) {
  const picker = createPicker({ layout, clock, random: seededRandom(1), randomFirst: 0, strategy: 'sequential' })
  for (const slot of [SLOT, OTHER]) {
    picker.peerAdded(slot)
    picker.peerHasAll(slot)
  }
  const memory = new Uint8Array(layout.totalLength)
  const reserved = new Set<PieceIndex>()
  const at = (piece: PieceIndex, begin: number): number => piece * layout.nominalPieceLength + begin
  const intake = new BlockIntake({
    layout,
    picker,
    store: {
      reserve: (piece) => reserved.has(piece) || (hasRoom() && reserved.add(piece).has(piece)),
      blockTarget: (piece, begin, length) =>
        reserved.has(piece) ? memory.subarray(at(piece, begin), at(piece, begin) + length) : undefined,
      blockFilled: () => undefined,
      abandon: () => undefined,
    },
    blame: { stored: () => undefined, corrupt: () => undefined },
    cancel: () => undefined,
    onVerified: () => undefined,
    onCorrupt: () => undefined,
    onDiskFailed: () => undefined,
    onPayload: () => undefined,
  })
  const server = new Server()
  const lane = new Lane({
    slot: SLOT,
    seed: server,
    layout,
    picker,
    intake,
    limit: new RateLimit(clock),
    onBytes: () => undefined,
  })
  return { picker, intake, memory, lane, server }
}

/** Sends a range in portions, when it is told to. */
class Server implements Pick<WebSeed, 'fetch'> {
  isPaused = false
  #rest: Uint8Array = new Uint8Array(0)
  #sink: RangeSink | undefined
  #outcome: PromiseWithResolvers<FetchOutcome> = Promise.withResolvers()

  fetch(range: { offset: number; length: number }, sink: RangeSink, signal: AbortSignal): ReturnType<WebSeed['fetch']> {
    this.#rest = bytes.subarray(range.offset, range.offset + range.length)
    this.#sink = sink
    this.#outcome = Promise.withResolvers()
    signal.addEventListener('abort', () => this.#end({ kind: 'aborted' }))
    return {
      result: this.#outcome.promise,
      pause: () => (this.isPaused = true),
      resume: () => (this.isPaused = false),
    }
  }

  /** False when there is nothing to send. */
  send(length: number): boolean {
    if (this.#sink === undefined) return false
    const portion = this.#rest.slice(0, length)
    this.#rest = this.#rest.subarray(length)
    const isLast = this.#rest.length === 0
    this.#sink.data(portion)
    // Whoever keeps a view of a receive buffer finds something else there later.
    portion.fill(0xee)
    if (isLast) this.#end({ kind: 'done' })
    return true
  }

  fail(): void {
    this.#end({ kind: 'failed', isPermanent: true, reason: 'broken' })
  }

  #end(outcome: FetchOutcome): void {
    this.#sink = undefined
    this.#outcome.resolve(outcome)
  }
}

/** Lets promises settle. */
const settle = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

describe('a lane', () => {
  it('puts every byte where it belongs, whatever portions it comes in and however often there is no room', async () => {
    const portion = fc.integer({ min: 1, max: 3 * BLOCK })
    await fc.assert(
      fc.asyncProperty(
        fc.array(portion, { minLength: 1 }),
        fc.infiniteStream(fc.boolean()),
        fc.uniqueArray(fc.nat({ max: layout.blocks - 1 }), { minLength: 1 }),
        async (portions, room, wanted) => {
          const { lane, server, picker, memory } = setUp(() => room.next().value)
          const out = new Uint32Array(layout.blocks)
          picker.pick(SLOT, layout.blocks, out)
          for (const block of out) if (!wanted.includes(block)) picker.released(SLOT, block as BlockId)
          const running = lane.run(blockRanges(wanted))
          for (let n = 0; lane.isRunning; n++) {
            if (!server.isPaused) server.send(portions[n % portions.length]!)
            lane.writable()
            await settle()
          }
          expect(await running).toEqual({ kind: 'done' })
          expect(picker.outstanding(SLOT)).toBe(0)
          for (let block = 0; block < layout.blocks; block++) {
            const [from, to] = [block * BLOCK, Math.min((block + 1) * BLOCK, bytes.length)]
            const expected = wanted.includes(block) ? bytes.subarray(from, to) : new Uint8Array(to - from)
            expect(Buffer.compare(memory.subarray(from, to), expected)).toBe(0)
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  it('gives back what does not come', async () => {
    const { lane, server, picker } = setUp(() => true)
    const out = new Uint32Array(8)
    picker.pick(SLOT, 8, out)
    const running = lane.run(blockRanges(out))
    server.send(2 * BLOCK + 77)
    server.fail()
    expect(await running).toMatchObject({ kind: 'failed' })
    expect(picker.outstanding(SLOT)).toBe(0)
    picker.pick(OTHER, 8, out)
    expect([...out]).toEqual([2, 3, 4, 5, 6, 7, 8, 9])
  })

  it('ends early when others have brought the rest', async () => {
    const { lane, server, picker } = setUp(() => true)
    const out = new Uint32Array(4)
    picker.pick(SLOT, 4, out)
    const running = lane.run(blockRanges(out))
    server.send(BLOCK + 5)
    picker.failed(0 as PieceIndex)
    picker.verified(0 as PieceIndex)
    server.send(BLOCK)
    await settle()
    expect(server.send(1)).toBe(false)
    expect(await running).toEqual({ kind: 'done' })
  })

  it('holds the server up while there is no room, and can be stopped then', async () => {
    const { lane, server, picker } = setUp(() => false)
    const out = new Uint32Array(4)
    picker.pick(SLOT, 4, out)
    const running = lane.run(blockRanges(out))
    server.send(100)
    expect(server.isPaused).toBe(true)
    expect(lane.isReceiving).toBe(false)
    server.send(4 * BLOCK - 100)
    await settle()
    expect(lane.isRunning).toBe(true)
    lane.stop()
    expect(await running).toEqual({ kind: 'aborted' })
  })
})
