// All limits of a session: one tree for each direction, session at the root, then labels that have a limit, then
// torrents. Peers of the local network are below a root of their own when they are limited apart.

import { isLocalIp } from '@ccbt/address'
import type { Clock } from '@ccbt/primitives'

import type { CountedBytes, LimitPair, PeerLimits } from './peer-limits.ts'
import { RateLimit } from './rate-limit.ts'

/** Limits for both directions in bytes per second; 0 = none. What is absent stays as it is, or is none. */
export interface RatePair {
  readonly downloadBps?: number
  readonly uploadBps?: number
}

/** What limits a session begins with. */
export interface SessionLimitsOptions extends RatePair {
  /** For peers of the local network alone; in a direction that is absent they are limited like all others. */
  readonly local?: RatePair
  readonly counts?: CountedBytes
}

class Direction {
  readonly root: RateLimit
  /** Absent = peers of the local network are limited as all are. */
  local: RateLimit | undefined
  readonly labels = new Map<string, RateLimit>()

  constructor(clock: Clock, bps: number, localBps: number | undefined) {
    this.root = new RateLimit(clock, bps)
    this.setLocal(clock, localBps)
  }

  setLocal(clock: Clock, bps: number | undefined): void {
    if (bps === undefined) this.local = undefined
    else if (this.local === undefined) this.local = new RateLimit(clock, bps)
    else this.local.setRate(bps)
  }

  parentOf(label: string | undefined): RateLimit {
    return (label === undefined ? undefined : this.labels.get(label)) ?? this.root
  }

  setLabel(clock: Clock, label: string, bps: number | undefined): void {
    if (bps === undefined) return
    const node = this.labels.get(label)
    if (node !== undefined) node.setRate(bps)
    else if (bps > 0) this.labels.set(label, new RateLimit(clock, bps, this.root))
    if (bps === 0) this.labels.delete(label)
  }
}

/** The limits of a session. */
export class SessionLimits {
  readonly #clock: Clock
  readonly #down: Direction
  readonly #up: Direction
  readonly #counts: CountedBytes
  readonly #torrents = new Set<TorrentLimits>()
  #rates: Required<RatePair>
  #alternative: RatePair | undefined

  constructor(clock: Clock, options: SessionLimitsOptions) {
    const { downloadBps = 0, uploadBps = 0, local, counts = 'payload' } = options
    this.#clock = clock
    this.#rates = { downloadBps, uploadBps }
    this.#counts = counts
    this.#down = new Direction(clock, downloadBps, local?.downloadBps)
    this.#up = new Direction(clock, uploadBps, local?.uploadBps)
  }

  /** What holds for the session now. */
  get rates(): Required<RatePair> {
    return { downloadBps: this.#down.root.rateBps, uploadBps: this.#up.root.rateBps }
  }

  get isAlternative(): boolean {
    return this.#alternative !== undefined
  }

  /** Changes the limits of the session; while others hold instead, those that hold afterwards. */
  set(rates: RatePair): void {
    this.#rates = merged(this.#rates, rates)
    this.#apply()
  }

  /** Lets other limits hold for the session instead, until this is called without any. */
  replace(rates: RatePair | undefined): void {
    this.#alternative = rates
    this.#apply()
  }

  /** Limits all torrents with a label together. */
  setLabel(label: string, { downloadBps, uploadBps }: RatePair): void {
    this.#down.setLabel(this.#clock, label, downloadBps)
    this.#up.setLabel(this.#clock, label, uploadBps)
    for (const torrent of this.#torrents) if (torrent.label === label) this.#place(torrent)
  }

  /** Other limits for peers of the local network; in a direction that is absent they are limited like all others. */
  setLocal({ downloadBps, uploadBps }: RatePair): void {
    const before = [this.#down.local, this.#up.local]
    this.#down.setLocal(this.#clock, downloadBps)
    this.#up.setLocal(this.#clock, uploadBps)
    if (before[0] === this.#down.local && before[1] === this.#up.local) return
    for (const torrent of this.#torrents) torrent.setLocal(this.#localLeaves())
  }

  /** Limits for a new torrent; to be disposed with it. */
  torrent(rates: RatePair, label?: string): TorrentLimits {
    const leaf = (direction: Direction, bps = 0): RateLimit =>
      new RateLimit(this.#clock, bps, direction.parentOf(label))
    const torrent: TorrentLimits = new TorrentLimits({
      label,
      remote: { download: leaf(this.#down, rates.downloadBps), upload: leaf(this.#up, rates.uploadBps) },
      local: this.#localLeaves(),
      counts: this.#counts,
      onLabel: () => this.#place(torrent),
      onGone: () => void this.#torrents.delete(torrent),
    })
    this.#torrents.add(torrent)
    return torrent
  }

  #localLeaves(): LocalLeaves {
    const leaf = ({ local }: Direction): RateLimit | undefined =>
      local === undefined ? undefined : new RateLimit(this.#clock, 0, local)
    return { download: leaf(this.#down), upload: leaf(this.#up) }
  }

  #place({ label, remote }: TorrentLimits): void {
    remote.download.moveTo(this.#down.parentOf(label))
    remote.upload.moveTo(this.#up.parentOf(label))
  }

  #apply(): void {
    const { downloadBps, uploadBps } = this.#alternative === undefined ? this.#rates : merged(NONE, this.#alternative)
    this.#down.root.setRate(downloadBps)
    this.#up.root.setRate(uploadBps)
  }
}

const NONE: Required<RatePair> = { downloadBps: 0, uploadBps: 0 }

/** A torrent's limits for peers of the local network; absent = those of all. */
interface LocalLeaves {
  readonly download: RateLimit | undefined
  readonly upload: RateLimit | undefined
}

interface TorrentLimitsParts {
  readonly label: string | undefined
  readonly remote: { readonly download: RateLimit; readonly upload: RateLimit }
  readonly local: LocalLeaves
  readonly counts: CountedBytes
  readonly onLabel: () => void
  readonly onGone: () => void
}

/** The limits of one torrent. */
export class TorrentLimits implements Disposable {
  readonly remote: LimitPair
  readonly #parts: TorrentLimitsParts
  readonly #localPeers = new Set<PeerLimits>()
  #local: LimitPair
  #label: string | undefined

  constructor(parts: TorrentLimitsParts) {
    const { remote, local, counts } = parts
    this.#parts = parts
    this.#label = parts.label
    this.remote = { ...remote, counts }
    this.#local = { ...this.#pairOf(local), counts, members: this.#localPeers }
  }

  get label(): string | undefined {
    return this.#label
  }

  /** The limits of the torrent itself. */
  get rates(): Required<RatePair> {
    return { downloadBps: this.remote.download.rateBps, uploadBps: this.remote.upload.rateBps }
  }

  set({ downloadBps, uploadBps }: RatePair): void {
    if (downloadBps !== undefined) this.remote.download.setRate(downloadBps)
    if (uploadBps !== undefined) this.remote.upload.setRate(uploadBps)
  }

  setLabel(label: string | undefined): void {
    this.#label = label
    this.#parts.onLabel()
  }

  /** Other limits for peers of the local network, also for those that are there. */
  setLocal(leaves: LocalLeaves): void {
    const pair = this.#pairOf(leaves)
    this.#local = { ...this.#local, ...pair }
    for (const peer of this.#localPeers) peer.moveTo(pair)
  }

  /** The limits that hold for peers at an IP address. */
  of(ip: string): LimitPair {
    return isLocalIp(ip) ? this.#local : this.remote
  }

  #pairOf({ download, upload }: LocalLeaves): Pick<LimitPair, 'download' | 'upload'> {
    return { download: download ?? this.remote.download, upload: upload ?? this.remote.upload }
  }

  [Symbol.dispose](): void {
    this.#parts.onGone()
  }
}

function merged(now: Required<RatePair>, { downloadBps, uploadBps }: RatePair): Required<RatePair> {
  return { downloadBps: downloadBps ?? now.downloadBps, uploadBps: uploadBps ?? now.uploadBps }
}
