// Keeps downloads from filling a disk. Torrents that would write to one with too little room are held, and go on by
// themselves when there is room again; those on other disks never notice. What the user decided about a torrent stays as
// it is: nothing that the guard does is remembered over a restart, whose first look does it again.

import type { Session, SessionEvent, TorrentSummary } from '@ccbt/core'

import type { Report } from '../automation-note.ts'
import type { EngineTorrent } from '../engine/engine-torrent.ts'
import { errnoOf } from '../errors.ts'
import { freeSpace } from './free-space.ts'
import type { FreeSpace } from './free-space.ts'

const LOOK_MS = 2000
/** Room above the minimum that has to be there before torrents go on, so that they do not stop and go every second. */
const SLACK = 0.1
const MIN_SLACK_BYTES = 16 * 1024 * 1024
/** The system may say that there is room where it refuses to write (a quota): then torrents try again this often. */
const REFUSED_MS = 60_000

/** What a {@link DiskGuard} works with. */
export interface DiskGuardParts {
  readonly torrents: () => readonly EngineTorrent[]
  readonly session: Pick<Session, 'subscribe'>
  /** Room that has to be left. */
  readonly minFreeBytes: number
  readonly report: Report
  readonly freeSpace?: FreeSpace
  /** Time between two looks. Default 2 s. */
  readonly lookMs?: number
  /** Time until a disk that refused to write is tried again. Default 60 s. */
  readonly refusedMs?: number
}

/** Watches the disks of torrents until it is disposed. */
export class DiskGuard implements Disposable {
  readonly #parts: DiskGuardParts
  readonly #freeSpace: FreeSpace
  readonly #timer: NodeJS.Timeout
  readonly #unsubscribe: () => void
  /** Folders whose answer is awaited: that of a dead network disk may never come, and must not be asked for again. */
  readonly #asked = new Set<string>()
  /** Folders where torrents are held. */
  readonly #full = new Set<string>()
  /** When a write of a torrent was refused. */
  readonly #refusedAtMs = new WeakMap<EngineTorrent, number>()
  #isClosed = false

  constructor(parts: DiskGuardParts) {
    this.#parts = parts
    this.#freeSpace = parts.freeSpace ?? freeSpace
    this.#unsubscribe = parts.session.subscribe((event) => this.#happened(event))
    this.#timer = setInterval(() => this.look(), parts.lookMs ?? LOOK_MS)
    this.look()
  }

  /** Asks every folder how much room it has; each is judged when it answers. */
  look(): void {
    const byFolder = Map.groupBy(this.#parts.torrents(), ({ dataDirectory }) => dataDirectory)
    for (const folder of this.#full) if (!byFolder.has(folder)) this.#full.delete(folder)
    for (const [folder, torrents] of byFolder) {
      if (!this.#asked.has(folder)) void this.#ask(folder, torrents)
    }
  }

  [Symbol.dispose](): void {
    this.#isClosed = true
    clearInterval(this.#timer)
    this.#unsubscribe()
  }

  async #ask(folder: string, torrents: readonly EngineTorrent[]): Promise<void> {
    this.#asked.add(folder)
    try {
      const freeBytes = await this.#freeSpace(folder)
      if (!this.#isClosed) await this.#judge(folder, torrents, freeBytes)
    } catch (error) {
      // Nothing is known of it now: everything stays as it is, and writing fails by itself where it must.
      this.#note('debug', `cannot tell the free space of ${folder}: ${errnoOf(error) ?? String(error)}`)
    } finally {
      this.#asked.delete(folder)
    }
  }

  async #judge(folder: string, torrents: readonly EngineTorrent[], freeBytes: number): Promise<void> {
    const { minFreeBytes } = this.#parts
    if (freeBytes < minFreeBytes) return this.#hold(folder, torrents.filter(writes), minFreeBytes)
    if (freeBytes < minFreeBytes + Math.max(minFreeBytes * SLACK, MIN_SLACK_BYTES)) return
    this.#full.delete(folder)
    const held = torrents.filter((torrent) => torrent.heldBecause !== undefined && !this.#isRefused(torrent))
    for (const torrent of held) {
      this.#refusedAtMs.delete(torrent)
      await torrent.release()
    }
    if (held.length > 0) this.#note('info', `${folder} has room again: ${counted(held.length)} resumed`)
  }

  async #hold(folder: string, torrents: readonly EngineTorrent[], minFreeBytes: number): Promise<void> {
    this.#full.add(folder)
    const reason = `less than ${inUnits(minFreeBytes)} are free where it is written to`
    for (const torrent of torrents) await torrent.hold(reason)
    if (torrents.length > 0) {
      this.#note('warning', `${folder} has less than ${inUnits(minFreeBytes)} free: ${counted(torrents.length)} paused`)
    }
  }

  #isRefused(torrent: EngineTorrent): boolean {
    const sinceMs = this.#refusedAtMs.get(torrent)
    return sinceMs !== undefined && performance.now() - sinceMs < (this.#parts.refusedMs ?? REFUSED_MS)
  }

  #happened(event: SessionEvent): void {
    if (event.type === 'failed' && event.error.code === 'DISK_NO_SPACE') void this.#refused(event.infoHash)
    // It is about to write: if its disk is full it must not wait for the next look.
    if (event.type === 'checked' && this.#full.size > 0) this.look()
  }

  async #refused(infoHash: string): Promise<void> {
    const torrent = this.#parts.torrents().find((one) => one.infoHash === infoHash)
    if (torrent === undefined) return
    this.#refusedAtMs.set(torrent, performance.now())
    await torrent.hold('no space is left where it is written to')
    this.#note('warning', `no space left for ${torrent.name} in ${torrent.dataDirectory}`, infoHash)
  }

  #note(level: 'debug' | 'info' | 'warning', text: string, infoHash?: string): void {
    this.#parts.report({ level, area: 'disk', text, ...(infoHash === undefined ? {} : { infoHash }) })
  }
}

/** Whether it writes data, or begins to when the queue says so. */
function writes(torrent: EngineTorrent): boolean {
  const summary = torrent.summary()
  return summary !== undefined && WRITING.has(summary.phase) && summary.wantedDone < summary.wantedLength
}

const WRITING: ReadonlySet<TorrentSummary['phase']> = new Set(['downloading', 'queued'])

function counted(torrents: number): string {
  return torrents === 1 ? '1 torrent is' : `${torrents} torrents are`
}

function inUnits(bytes: number): string {
  return bytes < 1e9 ? `${Number((bytes / 1e6).toFixed(1))} MB` : `${Number((bytes / 1e9).toFixed(1))} GB`
}
