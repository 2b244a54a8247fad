// Keeps downloads from filling a disk. Torrents that would write to one with too little room are held, and so are those
// whose missing data does not fit when they begin. They go on by themselves when there is room again; those on other disks
// never notice. What the user decided about a torrent stays as it is: nothing that the guard does is remembered over a
// restart, whose first look does it again.

import type { Session, SessionEvent } from '@ccbt/core'

import type { Report } from '../automation-note.ts'
import type { EngineTorrent } from '../engine/engine-torrent.ts'
import { errnoOf } from '../errors.ts'
import { freeSpace } from './free-space.ts'
import type { FreeSpace } from './free-space.ts'
import { isWriting, missingBytes, shortageOf } from './shortage.ts'
import type { Shortage } from './shortage.ts'

const LOOK_MS = 2000
/** Room above the minimum that has to be there before torrents go on, so that they do not stop and go every second. */
const SLACK = 0.1
const MIN_SLACK_BYTES = 16 * 1024 * 1024
/** The system may say that there is room where it refuses to write (a quota): then torrents try again this often. */
const REFUSED_MS = 60_000

/** What a {@link DiskGuard} works with. */
export interface DiskGuardParts {
  readonly torrents: () => readonly EngineTorrent[]
  readonly torrentOf: (infoHash: string) => EngineTorrent | undefined
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
  /** Torrents that fitted, with what was wanted of them then: they share what is left, and the minimum alone stops them. */
  readonly #admitted = new WeakMap<EngineTorrent, Admission>()
  /** Torrents that do not fit, as they were when their files were looked at. They rest, and so do their files. */
  readonly #tooLarge = new WeakMap<EngineTorrent, TooLarge>()
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
    for (const [folder, torrents] of byFolder) void this.#ask(folder, torrents)
  }

  [Symbol.dispose](): void {
    this.#isClosed = true
    clearInterval(this.#timer)
    this.#unsubscribe()
  }

  async #ask(folder: string, torrents: readonly EngineTorrent[]): Promise<void> {
    if (this.#asked.has(folder)) return
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
    const roomBytes = freeBytes - minFreeBytes
    const writing = torrents.filter(({ handle }) => isWriting(handle))
    if (roomBytes < 0) return this.#hold(folder, writing, minFreeBytes)
    for (const torrent of writing) await this.#admit(torrent, roomBytes)
    if (roomBytes < Math.max(minFreeBytes * SLACK, MIN_SLACK_BYTES)) return
    let resumed = 0
    for (const torrent of torrents) {
      if (torrent.heldBecause === undefined || this.#isRefused(torrent)) continue
      if ((await this.#shortage(torrent, roomBytes)) !== undefined) continue
      this.#refusedAtMs.delete(torrent)
      await torrent.release()
      resumed++
    }
    if (resumed > 0) this.#note('info', `${folder} has room again: ${counted(resumed)} resumed`)
  }

  /** Holds a torrent that does not fit, unless as much of it fitted before. */
  async #admit(torrent: EngineTorrent, roomBytes: number): Promise<void> {
    const { dataDirectory: folder } = torrent
    const wantedBytes = torrent.summary()?.wantedLength ?? 0
    const before = this.#admitted.get(torrent)
    if (before?.folder === folder && before.wantedBytes >= wantedBytes) return
    const shortage = await this.#shortage(torrent, roomBytes)
    if (shortage === undefined) {
      this.#admitted.set(torrent, { folder, wantedBytes })
      return
    }
    const needed = inUnits(shortage.neededBytes)
    await torrent.hold(`not enough space: ${needed} more are needed where it is written to`)
    const text = `${torrent.name} needs ${needed} more, and ${folder} has ${inUnits(roomBytes)} for it: it is paused`
    this.#note('warning', text, torrent.infoHash)
  }

  async #shortage(torrent: EngineTorrent, roomBytes: number): Promise<Shortage | undefined> {
    const { handle, heldBecause } = torrent
    if (handle === undefined) return undefined
    const missing = missingBytes(handle.summary())
    const known = this.#tooLarge.get(torrent)
    if (heldBecause !== undefined && known?.missing === missing && known.neededBytes > roomBytes) {
      return { neededBytes: known.neededBytes, roomBytes }
    }
    const shortage = await shortageOf(handle, roomBytes)
    if (shortage !== undefined) this.#tooLarge.set(torrent, { missing, neededBytes: shortage.neededBytes })
    return shortage
  }

  async #hold(folder: string, torrents: readonly EngineTorrent[], minFreeBytes: number): Promise<void> {
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
    // It may be about to write: if it does not fit it must not wait for the next look.
    if (event.type === 'checked' && event.piecesDone < event.pieces) this.#lookAt(event.infoHash)
  }

  #lookAt(infoHash: string): void {
    const torrent = this.#parts.torrentOf(infoHash)
    if (torrent === undefined) return
    // What was there when it fitted may be gone.
    this.#admitted.delete(torrent)
    void this.#ask(torrent.dataDirectory, [torrent])
  }

  async #refused(infoHash: string): Promise<void> {
    const torrent = this.#parts.torrentOf(infoHash)
    if (torrent === undefined) return
    this.#refusedAtMs.set(torrent, performance.now())
    await torrent.hold('no space is left where it is written to')
    this.#note('warning', `no space left for ${torrent.name} in ${torrent.dataDirectory}`, infoHash)
  }

  #note(level: 'debug' | 'info' | 'warning', text: string, infoHash?: string): void {
    this.#parts.report({ level, area: 'disk', text, ...(infoHash === undefined ? {} : { infoHash }) })
  }
}

interface Admission {
  readonly folder: string
  readonly wantedBytes: number
}

interface TooLarge {
  readonly missing: number
  readonly neededBytes: number
}

function counted(torrents: number): string {
  return torrents === 1 ? '1 torrent is' : `${torrents} torrents are`
}

function inUnits(bytes: number): string {
  const [unit, name] = UNITS.find(([size]) => bytes >= size) ?? [1e6, 'MB']
  return `${Number((bytes / unit).toFixed(1))} ${name}`
}

const UNITS = [
  [1e12, 'TB'],
  [1e9, 'GB'],
] as const
