// What limits and choking cost a session with 1,000 torrents that have a limit each: the share of a core while nothing is
// sent, and while 500 MB/s are; what a block costs without any limit and beside a limit that is not reached.

import { seededRandom } from '@ccbt/primitives'

import { LimitTaker, RateLimit } from '../../packages/core/src/limit/rate-limit.ts'
import { DEFAULT_CHOKING } from '../../packages/core/src/upload/choking-policy.ts'
import type { ChokeCandidate } from '../../packages/core/src/upload/choking-policy.ts'
import { systemClock } from '../../packages/core/src/system.ts'

const TORRENTS = 1000
const PEERS = 20
const BLOCK = 16_384
const TOTAL_BPS = 500_000_000
const SECONDS = 10
const ROUND_MS = 10_000

/** Sends as much as it may. */
class Sender {
  bytes = 0
  readonly #taker: LimitTaker

  constructor(limit: RateLimit) {
    this.#taker = new LimitTaker(limit, () => this.send())
  }

  send(): void {
    while (this.#taker.mayTake) {
      this.#taker.take(BLOCK)
      this.bytes += BLOCK
    }
    this.#taker.wait()
  }

  stop(): void {
    this.#taker.leave()
  }
}

function print(what: string, value: number, unit: string): void {
  console.log(`  ${what.padEnd(58)} ${value.toFixed(value < 10 ? 2 : 0).padStart(8)} ${unit}`)
}

/** Per cent of a core over some seconds. */
async function load(): Promise<number> {
  const start = performance.now()
  const before = process.cpuUsage()
  await new Promise((resolve) => setTimeout(resolve, SECONDS * 1000))
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 10 / (performance.now() - start)
}

function candidate(n: number): ChokeCandidate {
  return {
    isUnchoked: n % 3 === 0,
    isOptimistic: n % 15 === 0,
    isSnubbed: n % 7 === 0,
    reliability: 1 / (1 + (n % 3)),
    receivedBytes: n * 1000,
    sentBytes: n * 2000,
    recentlyReceivedBytes: n * 1500,
    sentSinceUnchokedBytes: n * 10_000,
    unchokedAtMs: n % 3 === 0 ? n * 100 : Number.NEGATIVE_INFINITY,
    optimisticAtMs: n % 15 === 0 ? n * 100 : Number.NEGATIVE_INFINITY,
  }
}

/** Milliseconds of one decision. */
function decisionMs(peers: number, isSeeding: boolean): number {
  const candidates = Array.from({ length: peers }, (_, n) => candidate(n))
  const random = seededRandom(1)
  const turns = Math.ceil(200_000 / peers)
  const decide = (): void => {
    DEFAULT_CHOKING.choose({
      nowMs: 100_000,
      elapsedMs: ROUND_MS,
      candidates,
      isSeeding,
      pieceLength: 1_048_576,
      uploadLimitBps: 0,
      slots: 8,
      fixedSlots: undefined,
      random,
    })
  }
  for (let i = 0; i < turns; i++) decide()
  const start = performance.now()
  for (let i = 0; i < turns; i++) decide()
  return (performance.now() - start) / turns
}

/** Nanoseconds that a block costs at a leaf of three limits. */
function blockNs(bps: number): number {
  const root = new RateLimit(systemClock, bps)
  const taker = new LimitTaker(new RateLimit(systemClock, 0, new RateLimit(systemClock, 0, root)), () => {})
  const turns = 2_000_000
  let open = 0
  const start = performance.now()
  for (let i = 0; i < turns; i++) {
    if (taker.mayTake) open++
    taker.take(BLOCK)
  }
  const ns = ((performance.now() - start) * 1e6) / turns
  return open === 0 ? Number.NaN : ns
}

/** Runs all parts. */
export async function run(): Promise<void> {
  blockNs(0)
  print('a block, no limit', blockNs(0), 'ns')
  blockNs(1e15)
  print('a block, a limit that is not reached', blockNs(1e15), 'ns')

  const root = new RateLimit(systemClock, TOTAL_BPS)
  const senders: Sender[] = []
  for (let torrent = 0; torrent < TORRENTS; torrent++) {
    const limit = new RateLimit(systemClock, TOTAL_BPS / TORRENTS, root)
    for (let peer = 0; peer < PEERS; peer++) senders.push(new Sender(limit))
  }
  const choking = ((decisionMs(PEERS, false) * TORRENTS) / ROUND_MS) * 100
  print(`choking ${TORRENTS} torrents with ${PEERS} peers each`, choking, '% of a core')
  print('choking 500 peers once, downloading', decisionMs(500, false) * 1000, 'us')
  print('choking 500 peers once, seeding', decisionMs(500, true) * 1000, 'us')
  print(`${TORRENTS} limited torrents, nothing to send`, await load(), '% of a core')
  for (const sender of senders) sender.send()
  const before = senders.reduce((sum, { bytes }) => sum + bytes, 0)
  const start = performance.now()
  const percent = await load()
  const bytes = senders.reduce((sum, sender) => sum + sender.bytes, 0) - before
  print(`${TORRENTS} limited torrents at their limits`, percent, '% of a core')
  print('sent', bytes / (performance.now() - start) / 1000, 'MB/s')
  for (const sender of senders) sender.stop()
}
