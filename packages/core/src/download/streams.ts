// Files that are read while they are fetched. Each reader has a window of pieces ahead of it that come before all others;
// peers that are slow get the later ones of them, and what is late at the front is asked of a faster peer as well. A
// reader that begins where nothing is there takes back what was asked for elsewhere: it would come first.

import { BLOCK_LENGTH } from '@ccbt/primitives'
import type { PeerSlot, PieceIndex } from '@ccbt/primitives'

import { fileUnwanted } from '../errors.ts'
import type { Contents } from '../torrent/contents.ts'
import type { Swarm } from '../swarm/swarm.ts'

/** A window is what comes in this time, within bounds. */
const WINDOW_S = 10
const MIN_WINDOW_BYTES = 8_388_608
const MAX_WINDOW_BYTES = 134_217_728
/** The picker looks at each of them for each request. */
const MAX_WINDOW_PIECES = 256
/** What was asked for so many times as long ago as answers take now is late. */
const LATENCIES_WAITED = 3
const MIN_PATIENCE_MS = 250
const MAX_PATIENCE_MS = 2000

/** A part of a file. */
export interface FileRange {
  /** Bytes from the start of the file. */
  readonly start: number
  /** The byte after the last one. */
  readonly end: number
}

/** Where somebody reads, in bytes of the torrent. */
interface Reader {
  at: number
  readonly end: number
}

interface SendingPeer {
  readonly slot: PeerSlot
  readonly bps: number
  /** Until the answer to a request of now; infinite when it has not sent yet. */
  readonly waitS: number
  readonly latencyMs: number | undefined
  readonly isSnubbed: boolean
}

/** What streams work with. */
export interface StreamsParts {
  readonly contents: Contents
  /** The connections, while the torrent runs. */
  readonly swarm: () => Swarm | undefined
  /** Aborts when the torrent is closed. */
  readonly signal: AbortSignal
}

/** Those who read files of one torrent. */
export class Streams {
  readonly #parts: StreamsParts
  readonly #readers = new Set<Reader>()
  #news = Promise.withResolvers<void>()

  constructor(parts: StreamsParts) {
    this.#parts = parts
  }

  /**
   * The bytes of a part of a file as they come, waiting for what is missing. Throws ABORTED by `signal` or when the torrent
   * is closed, TORRENT_FILE_UNWANTED, DISK_READ_FAILED and the like.
   */
  async *read(index: number, range: FileRange, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
    const { contents } = this.#parts
    const { selection, store, layout } = contents
    const file = contents.metainfo.files[index]
    if (file === undefined || file.isPad || !selection.hasFile(index)) throw fileUnwanted(index)
    const reader: Reader = { at: file.offset + range.start, end: file.offset + Math.min(range.end, file.length) }
    const ended = AbortSignal.any([signal, this.#parts.signal])
    this.#readers.add(reader)
    this.#begin(reader)
    try {
      while (reader.at < reader.end) {
        const piece = Math.floor(reader.at / layout.nominalPieceLength) as PieceIndex
        await this.#until(piece, ended)
        const begin = reader.at - piece * layout.nominalPieceLength
        const length = Math.min(BLOCK_LENGTH - (begin % BLOCK_LENGTH), reader.end - reader.at)
        const bytes = await store.read(piece, begin, length)
        reader.at += length
        if (begin + length >= layout.nominalPieceLength) this.#steer()
        // The buffer is shared with others.
        yield bytes.slice()
      }
    } finally {
      this.#readers.delete(reader)
      this.#steer()
    }
  }

  /** A piece is there, or the torrent begins to run. */
  changed(): void {
    const news = this.#news
    this.#news = Promise.withResolvers()
    news.resolve()
    if (this.#isUsed) this.#steer()
  }

  /** From time to time: who is fast and who is slow may have changed. */
  tick(): void {
    if (this.#isUsed) this.#steer()
  }

  get #isUsed(): boolean {
    return this.#readers.size > 0 || this.#parts.contents.strategy === 'streaming'
  }

  async #until(piece: PieceIndex, signal: AbortSignal): Promise<void> {
    const aborted = Promise.withResolvers<never>()
    const onAbort = (): void => aborted.reject(signal.reason)
    signal.addEventListener('abort', onAbort)
    try {
      signal.throwIfAborted()
      while (!this.#parts.contents.picker.have.has(piece)) await Promise.race([this.#news.promise, aborted.promise])
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }

  /** Somebody begins to read, or goes on at another place. */
  #begin({ at }: Reader): void {
    const { contents, swarm } = this.#parts
    this.#steer()
    const first = Math.floor(at / contents.layout.nominalPieceLength)
    if (!contents.picker.have.has(first)) swarm()?.downloader.hurry(new Set(this.#window()))
  }

  #steer(): void {
    const { contents, swarm } = this.#parts
    const window = this.#window()
    const peers = senders(swarm())
    // Of the quickest peer: that is whom late blocks are asked of instead.
    const latencyMs = Math.min(...peers.map((peer) => peer.latencyMs ?? MAX_PATIENCE_MS))
    const patienceMs = Math.min(Math.max(LATENCIES_WAITED * latencyMs, MIN_PATIENCE_MS), MAX_PATIENCE_MS)
    contents.picker.setUrgent(window, patienceMs)
    const totalBps = peers.reduce((sum, { bps }) => sum + bps, 0)
    const leastWaitS = Math.min(...peers.map(({ waitS }) => waitS))
    for (const { slot, waitS, isSnubbed } of peers) {
      // By the time that its answer comes, the others have brought so much. One that has not sent yet is not relied upon.
      const aheadS = isSnubbed || waitS === Number.POSITIVE_INFINITY ? WINDOW_S : waitS - leastWaitS
      const ahead = (aheadS * totalBps) / contents.layout.nominalPieceLength
      contents.picker.setLead(slot, Math.min(Math.floor(ahead), window.length))
    }
  }

  /** Missing pieces in the order in which they are needed: of each reader in turn. */
  #window(): PieceIndex[] {
    const { contents, swarm } = this.#parts
    const { picker, layout } = contents
    const rateBps = senders(swarm()).reduce((sum, { bps }) => sum + bps, 0)
    const bytes = Math.min(Math.max(rateBps * WINDOW_S, MIN_WINDOW_BYTES), MAX_WINDOW_BYTES)
    const wanted = [...this.#places()].map(({ at, end }) => {
      const first = Math.floor(at / layout.nominalPieceLength)
      const last = Math.floor((Math.min(end, at + bytes) - 1) / layout.nominalPieceLength)
      return Array.from({ length: last - first + 1 }, (_, n) => (first + n) as PieceIndex)
    })
    const window = new Set<PieceIndex>()
    for (let n = 0; window.size < MAX_WINDOW_PIECES && wanted.some((pieces) => n < pieces.length); n++) {
      for (const pieces of wanted) {
        const piece = pieces[n]
        if (piece !== undefined && !picker.have.has(piece) && picker.priority(piece) > 0) window.add(piece)
      }
    }
    return [...window]
  }

  /** Where somebody reads; with nobody, what a player would ask for next. */
  #places(): Iterable<Reader> {
    if (this.#readers.size > 0 || this.#parts.contents.strategy !== 'streaming') return this.#readers
    const { layout, picker } = this.#parts.contents
    for (let piece = 0; piece < layout.pieces; piece++) {
      if (picker.have.has(piece) || picker.priority(piece as PieceIndex) === 0) continue
      return [{ at: piece * layout.nominalPieceLength, end: layout.totalLength }]
    }
    return []
  }
}

/** Those that let us download. */
function senders(swarm: Swarm | undefined): SendingPeer[] {
  const found = Array.from(swarm?.connections ?? []).filter(({ isAdded, peerChoking }) => isAdded && !peerChoking)
  return found.map(({ slot, window, downloadMeter: { bps } }) => ({
    slot,
    bps,
    waitS: (window.target * BLOCK_LENGTH) / bps,
    latencyMs: window.latencyMs,
    isSnubbed: window.isSnubbed,
  }))
}
