// What the piece picker costs: per picked and received block, per Have, per bitfield and peer that leaves, for one fast
// seed and for 100,000 pieces in a swarm of 500 peers; and its memory (exact with --expose-gc).

import { createPicker } from '@ccbt/piece-picker'
import type { PiecePicker } from '@ccbt/piece-picker'
import { Bitfield, Layout, randomBelow, seededRandom } from '@ccbt/primitives'
import type { BlockId, PeerSlot, PieceIndex, Random } from '@ccbt/primitives'

const PIECES = 100_000
const PEERS = 500
const SEEDS = 25
const WINDOW = 256
const BLOCKS_PER_PIECE = 16
/** Blocks per round; a round is one sample. */
const ROUND_BLOCKS = 16_384

interface Swarm {
  picker: PiecePicker
  layout: Layout
  random: Random
}

function swarmOf(pieces: number): Swarm {
  const pieceLength = BLOCKS_PER_PIECE * 16_384
  const layout = new Layout({ totalLength: pieces * pieceLength, pieceLength })
  return {
    layout,
    random: seededRandom(5),
    picker: createPicker({ layout, clock: performance, random: seededRandom(6) }),
  }
}

function randomBitfield(random: Random, size: number, percent: number): Bitfield {
  const bits = new Bitfield(size)
  for (let piece = 0; piece < size; piece++) if (randomBelow(random, 100) < percent) bits.set(piece)
  return bits
}

function slot(n: number): PeerSlot {
  return n as PeerSlot
}

function megabytes(): number {
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return (heapUsed + arrayBuffers) / 2 ** 20
}

function median(samples: number[]): number {
  return samples.sort((a, b) => a - b)[samples.length >>> 1] ?? 0
}

function print(what: string, value: number, unit: string): void {
  console.log(`  ${what.padEnd(58)} ${value.toFixed(value < 10 ? 2 : 0).padStart(8)} ${unit}`)
}

/** Nanoseconds of `work`, which runs once. */
function timed(work: () => void): number {
  const start = performance.now()
  work()
  return (performance.now() - start) * 1e6
}

/** One peer's turn: as many blocks arrive as it is asked for. Returns how many. */
function turn({ picker, layout }: Swarm, peer: PeerSlot, want: number, out: Uint32Array): number {
  const count = picker.pick(peer, want, out)
  for (let i = 0; i < count; i++) {
    const block = out[i] as BlockId
    if (picker.received(peer, block) === 'piece-complete') picker.verified(layout.pieceOf(block))
  }
  return count
}

interface Download {
  medianNs: number
  meanNs: number
  worstRoundNs: number
  heapBytesPerBlock: number
}

/** Downloads to the end, the peers that have something taking turns at random. */
function download(swarm: Swarm, peers: number, want: number): Download {
  const out = new Uint32Array(want)
  const samples: number[] = []
  let total = 0
  let blocks = 0
  let heapGrowth = 0
  while (!swarm.picker.isComplete) {
    let count = 0
    const heap = process.memoryUsage().heapUsed
    const ns = timed(() => {
      while (count < ROUND_BLOCKS && !swarm.picker.isComplete) {
        count += turn(swarm, slot(randomBelow(swarm.random, peers)), want, out)
      }
    })
    // A collection in between makes a round's growth negative: it says nothing.
    heapGrowth += Math.max(0, process.memoryUsage().heapUsed - heap)
    total += ns
    blocks += count
    samples.push(ns / count)
  }
  const worstRoundNs = Math.max(...samples)
  return { medianNs: median(samples), meanNs: total / blocks, worstRoundNs, heapBytesPerBlock: heapGrowth / blocks }
}

function printDownload(what: string, result: Download): void {
  print(`${what}: median round`, result.medianNs, 'ns/block')
  print(`${what}: mean`, result.meanNs, 'ns/block')
  print(`${what}: slowest round`, result.worstRoundNs, 'ns/block')
  print(`${what}: heap growth`, result.heapBytesPerBlock, 'B/block')
}

/** One seed that answers at once, requests refilled 256 at a time. */
function benchSeed(): void {
  for (const pieces of [4096, 65_536, PIECES]) {
    const swarm = swarmOf(pieces)
    swarm.picker.peerAdded(slot(0))
    swarm.picker.peerHasAll(slot(0))
    const pickNs = pickOnly(swarm)
    print(`1 seed, ${pieces} pieces, window ${WINDOW}: pick alone`, pickNs, 'ns/block')
    printDownload(`1 seed, ${pieces} pieces: pick+received+verified`, download(swarm, 1, WINDOW))
  }
}

/** Picks and releases, the releases not counted: the first runs warm the code up. */
function pickOnly({ picker }: Swarm): number {
  const out = new Uint32Array(WINDOW)
  const samples: number[] = []
  for (let n = 0; n < 400; n++) {
    samples.push(timed(() => void picker.pick(slot(0), WINDOW, out)) / WINDOW)
    picker.releasedAll(slot(0))
  }
  return median(samples.slice(100))
}

function connect({ picker, random }: Swarm): { bitfieldNs: number; seedNs: number } {
  const bitfields: number[] = []
  const seeds: number[] = []
  for (let n = 0; n < PEERS; n++) {
    const bits = n < SEEDS ? undefined : randomBitfield(random, PIECES, 5 + randomBelow(random, 90))
    const ns = timed(() => {
      picker.peerAdded(slot(n))
      if (bits === undefined) picker.peerHasAll(slot(n))
      else picker.peerBitfield(slot(n), bits)
    })
    ;(bits === undefined ? seeds : bitfields).push(ns)
  }
  return { bitfieldNs: median(bitfields), seedNs: median(seeds) }
}

function haves({ picker, random }: Swarm): number {
  const count = 200_000
  const peers = Uint16Array.from({ length: count }, () => SEEDS + randomBelow(random, PEERS - SEEDS))
  const pieces = Uint32Array.from({ length: count }, () => randomBelow(random, PIECES))
  const ns = timed(() => {
    for (let i = 0; i < count; i++) picker.peerHas(slot(peers[i]!), pieces[i]! as PieceIndex)
  })
  return ns / count
}

function churn({ picker, random }: Swarm): { leftNs: number; backNs: number } {
  const left: number[] = []
  const back: number[] = []
  for (let n = SEEDS; n < SEEDS + 100; n++) {
    left.push(timed(() => picker.peerRemoved(slot(n))))
    const bits = randomBitfield(random, PIECES, 50)
    back.push(
      timed(() => {
        picker.peerAdded(slot(n))
        picker.peerBitfield(slot(n), bits)
      }),
    )
  }
  return { leftNs: median(left), backNs: median(back) }
}

function benchSwarm(): void {
  const before = megabytes()
  const swarm = swarmOf(PIECES)
  print(`${PIECES} pieces, no peers: memory`, ((megabytes() - before) * 2 ** 20) / PIECES, 'B/piece')
  const { bitfieldNs, seedNs } = connect(swarm)
  print('peerAdded with a bitfield', bitfieldNs / 1000, 'us')
  print('peerAdded with all pieces', seedNs / 1000, 'us')
  print(`${PIECES} pieces, ${PEERS} peers (${SEEDS} seeds): memory`, megabytes() - before, 'MB')
  print('peerHas', haves(swarm), 'ns')
  const { leftNs, backNs } = churn(swarm)
  print('peerRemoved, half of the pieces', leftNs / 1000, 'us')
  print('peerAdded, half of the pieces', backNs / 1000, 'us')
  const priorityNs = timed(() => {
    for (let piece = 0; piece < PIECES; piece += 2) swarm.picker.setPriority(piece as PieceIndex, 6)
  })
  print('setPriority, for half of the pieces at once', priorityNs / (PIECES / 2), 'ns/piece')
  printDownload(`swarm, 4 blocks a turn`, download(swarm, PEERS, 4))
}

/** Peers that are nearly as far as we are: they announce one piece after the other, and have little else for us. */
function benchPeersInStep(): void {
  const swarm = swarmOf(PIECES)
  const { picker, random } = swarm
  const out = new Uint32Array(WINDOW)
  for (let n = 0; n < PEERS; n++) picker.peerAdded(slot(n))
  const order = Uint32Array.from({ length: PIECES }, (_, piece) => piece)
  for (let i = PIECES - 1; i > 0; i--) {
    const j = randomBelow(random, i + 1)
    ;[order[i], order[j]] = [order[j]!, order[i]!]
  }
  const pieces = 20_000
  const ns = timed(() => {
    for (let i = 0; i < pieces; i++) {
      const peer = slot(randomBelow(random, PEERS))
      picker.peerHas(peer, order[i] as PieceIndex)
      turn(swarm, peer, WINDOW, out)
    }
  })
  print('peers in step: one Have, its piece picked and received', ns / pieces / 1000, 'us/piece')
}

/** Prints times and memory; memory first, before there is anything else to be freed. */
export async function run(): Promise<void> {
  benchSwarm()
  benchSeed()
  benchPeersInStep()
}
