// A daemon that works, is killed at random moments and started again on the same state, and what it has promised
// meanwhile. A promise is a call that it has answered; of a call that the kill cut off, either outcome is right.

import { setTimeout as sleep } from 'node:timers/promises'
import { isCcbtError, randomBelow } from '@ccbt/primitives'
import type { Random } from '@ccbt/primitives'
import { createHttpClient } from '@ccbt/rpc-client'
import type { DaemonClient, TorrentDetail, TorrentRow } from '@ccbt/rpc-client'
import type { CliProcess } from './cli-process.ts'
import type { DaemonHome } from './daemon-process.ts'
import { claimsOf, missingPieces } from './kill-torrents.ts'
import type { KnownTorrent } from './kill-torrents.ts'

/** How many calls are under way at a time. */
const WORKERS = 4
/** Longer than any of this takes on a busy machine. */
const SETTLE_MS = 60_000
const POLL_MS = 20
/** The daemon works for at most so long, and every fourth time it is killed while it starts. */
const MAX_WORK_MS = 1000
const MAX_START_MS = 900
const STARTS_SPOILED = 4

/** What the user has decided about a torrent. */
interface Wish {
  readonly labels: string
  readonly uploadLimitBps: number
  readonly directory: string
  readonly isPaused: boolean
}

type Fate = Wish | 'absent'

/** A torrent and what may have become of it. */
interface Promised {
  readonly torrent: KnownTorrent
  /** One, or two when nobody knows whether a call was carried out. */
  fates: readonly Fate[]
  /** Pieces that the daemon has said it has. */
  readonly claimed: Set<number>
}

/** What a campaign is made of. */
export interface CampaignParts {
  readonly home: DaemonHome
  readonly torrents: readonly KnownTorrent[]
  /** Folders that torrents are in and move between. */
  readonly folders: readonly [string, ...string[]]
  readonly random: Random
}

/** What was seen of one start. */
export interface Restart {
  /** From the start of the process until it says that it is ready. */
  readonly readyMs: number
  /** Until all torrents are what they were. */
  readonly settledMs: number
  readonly torrents: number
  readonly claims: number
}

/** Kills a daemon over and over. */
export class Campaign {
  readonly #parts: CampaignParts
  readonly #promised: readonly Promised[]
  #isKilled = false
  /** Calls that were answered, and what the daemon refused. */
  answered = 0
  readonly refusals: string[] = []

  constructor(parts: CampaignParts) {
    this.#parts = parts
    this.#promised = parts.torrents.map((torrent) => ({ torrent, fates: ['absent'], claimed: new Set() }))
  }

  /** Starts the daemon, compares it with its promises, loads it and kills it. Rejects when a promise is broken. */
  async round(): Promise<Restart> {
    const { home } = this.#parts
    if (this.#below(STARTS_SPOILED) === 0) {
      await using process = home.spawn()
      await sleep(this.#below(MAX_START_MS))
      await process.stop('SIGKILL')
    }
    const startedAt = performance.now()
    await using process = home.spawn()
    await process.untilEvent('ready')
    const readyMs = performance.now() - startedAt
    await using client = createHttpClient(home.address)
    const details = await told(process, () => this.#compare(client))
    const settledMs = performance.now() - startedAt
    await told(process, () => this.#load(client, process))
    const claims = details.reduce((sum, { claims }) => sum + claims, 0)
    return { readyMs, settledMs, torrents: details.length, claims }
  }

  /** Waits until everything is checked, and holds every torrent against what was promised. */
  async #compare(client: DaemonClient): Promise<{ readonly claims: number }[]> {
    const rows = await settled(client)
    const strangers = rows.filter(({ infoHash }) =>
      this.#promised.every(({ torrent }) => torrent.infoHash !== infoHash),
    )
    if (strangers.length > 0) throw new Error(`nobody has added ${strangers.map(({ name }) => name).join(', ')}`)
    const looks = this.#promised.map(async (promised) => {
      const row = rows.find(({ infoHash }) => infoHash === promised.torrent.infoHash)
      acceptFate(promised, row)
      if (row === undefined) return []
      const claims = await this.#audit(client, row.id, promised)
      const known = new Set(claims)
      const lost = [...promised.claimed].filter((piece) => !known.has(piece))
      if (lost.length > 0) throw new Error(`${row.name} has lost pieces ${lost.join()} in ${row.directory}`)
      for (const piece of claims) promised.claimed.add(piece)
      return [{ claims: claims.length }]
    })
    return (await Promise.all(looks)).flat()
  }

  /** The pieces that the daemon says it has, each of which is on the disk. */
  async #audit(client: DaemonClient, id: number, { torrent }: Promised): Promise<readonly number[]> {
    const detail = await client.detail(id)
    if (detail === undefined) throw new Error(`${torrent.name} is in the list and nowhere else`)
    const claims = claimsOf(detail, torrent)
    const missing = await missingPieces(detail, torrent, claims)
    if (missing.length > 0) throw new Error(`${torrent.name} claims pieces ${missing.join()}: ${placeOf(detail)}`)
    return claims
  }

  async #load(client: DaemonClient, process: CliProcess): Promise<void> {
    this.#isKilled = false
    const workers = Array.from({ length: WORKERS }, (_, n) => this.#work(client, n))
    const work = Promise.all(workers)
    const time = sleep(this.#below(MAX_WORK_MS))
    await Promise.race([time, work])
    this.#isKilled = true
    await process.stop('SIGKILL')
    await work
  }

  /** Each has torrents of its own, so that it knows the order of what happens to them. */
  async #work(client: DaemonClient, worker: number): Promise<void> {
    const mine = this.#promised.filter((_, n) => n % WORKERS === worker)
    while (!this.#isKilled) {
      const promised = this.#pick(mine)
      try {
        await this.#act(client, promised)
        this.answered++
      } catch (error) {
        if (!this.#isKilled || !isCcbtError(error, 'RPC_UNREACHABLE')) throw error
      }
    }
  }

  async #act(client: DaemonClient, promised: Promised): Promise<void> {
    const [fate = 'absent'] = promised.fates
    if (fate === 'absent') return this.#add(client, promised)
    const { torrents } = await client.state()
    const row = torrents.find(({ infoHash }) => infoHash === promised.torrent.infoHash)
    if (row === undefined) throw new Error(`${promised.torrent.name} is gone while the daemon runs`)
    const ids = [row.id]
    switch (this.#below(10)) {
      case 0:
      case 1:
        for (const piece of await this.#audit(client, row.id, promised)) promised.claimed.add(piece)
        return
      case 2: {
        const labels = `label-${this.#below(1000)}`
        return this.#change(promised, { ...fate, labels }, () => client.act(ids, { type: 'label', labels: [labels] }))
      }
      case 3: {
        const uploadLimitBps = 1000 * (1 + this.#below(1000))
        const wish = { ...fate, uploadLimitBps }
        return this.#change(promised, wish, () => client.act(ids, { type: 'limit', uploadLimitBps }))
      }
      case 4:
      case 5: {
        const directory = this.#pick(this.#parts.folders)
        const wish = { ...fate, directory }
        return this.#change(promised, wish, () => client.act(ids, { type: 'move', directory, movesData: true }))
      }
      case 6: {
        const isPaused = !fate.isPaused
        return this.#change(promised, { ...fate, isPaused }, () =>
          client.act(ids, { type: isPaused ? 'pause' : 'start' }),
        )
      }
      case 7:
        return client.act(ids, { type: 'verify' })
      case 8:
        return client.act(ids, { type: 'queue', to: 'top' })
      default:
        return this.#remove(client, promised, row)
    }
  }

  async #add(client: DaemonClient, promised: Promised): Promise<void> {
    const directory = this.#pick(this.#parts.folders)
    const labels = `new-${this.#below(1000)}`
    const wish = { labels, directory, uploadLimitBps: 0, isPaused: false }
    const source = promised.torrent.bytes
    await this.#change(promised, wish, () => client.add({ source, directory, labels: [labels] }))
  }

  /** Those that are complete go with their data, so that there is always something to download. */
  async #remove(client: DaemonClient, promised: Promised, row: TorrentRow): Promise<void> {
    const deletesData = row.phase === 'seeding' || this.#below(2) === 0
    await this.#change(promised, 'absent', () => client.act([row.id], { type: 'remove', deletesData }))
  }

  async #change(promised: Promised, fate: Fate, call: () => Promise<unknown>): Promise<void> {
    const before = promised.fates
    promised.fates = [...before, fate]
    try {
      await call()
      settle(promised, fate)
    } catch (error) {
      // Told that it cannot be done: then it has not been done.
      if (!isCcbtError(error, 'RPC_FAILED') || fate === 'absent') throw error
      promised.fates = before
      this.refusals.push(error.message)
    }
  }

  #below(bound: number): number {
    return randomBelow(this.#parts.random, bound)
  }

  #pick<T>(items: readonly T[]): T {
    const item = items[this.#below(items.length)]
    if (item === undefined) throw new Error('nothing to pick from')
    return item
  }
}

/** What fails comes with what the daemon has said. */
async function told<T>(process: CliProcess, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    const { exitCode, signalCode } = process.child
    const end = `the daemon's end: ${signalCode ?? exitCode ?? 'none'}\n${process.stdout}${process.stderr}`
    throw new Error(`${cause instanceof Error ? cause.message : String(cause)}\n${end}`, { cause })
  }
}

/** A torrent that is removed may be anywhere from then on: what is found of it is a present. */
function settle(promised: Promised, fate: Fate): void {
  promised.fates = [fate]
  if (fate === 'absent') promised.claimed.clear()
}

function acceptFate(promised: Promised, row: TorrentRow | undefined): void {
  const { torrent, fates } = promised
  const found = fates.find((fate) => (fate === 'absent' ? row === undefined : row !== undefined && isAs(row, fate)))
  if (found === undefined) {
    const actual = row === undefined ? 'absent' : JSON.stringify(row)
    throw new Error(`${torrent.name} was promised to be ${JSON.stringify(fates)} and is ${actual}`)
  }
  settle(promised, found)
}

function isAs(row: TorrentRow, wish: Wish): boolean {
  return (
    row.labels.join() === wish.labels &&
    row.uploadLimitBps === wish.uploadLimitBps &&
    row.directory === wish.directory &&
    (row.phase === 'paused') === wish.isPaused
  )
}

/** The list when nothing is started or checked any more, and nothing has failed. */
async function settled(client: DaemonClient): Promise<readonly TorrentRow[]> {
  const giveUpAt = performance.now() + SETTLE_MS
  for (;;) {
    const { torrents } = await client.state()
    const failed = torrents.find(({ phase }) => phase === 'failed')
    if (failed !== undefined) throw new Error(`${failed.name} has failed: ${failed.error}`)
    const waiting = torrents.filter(({ phase }) => phase === 'starting' || phase === 'checking')
    if (waiting.length === 0) return torrents
    if (performance.now() > giveUpAt) throw new Error(`${waiting.map(({ name }) => name).join()} are still checked`)
    await sleep(POLL_MS)
  }
}

function placeOf({ row, files }: TorrentDetail): string {
  return `${row.phase} in ${row.directory}: ${files.map(({ path }) => path).join()}`
}
