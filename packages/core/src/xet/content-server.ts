// Gives content of public torrents to whoever names its hash, without any torrent. Bounds: MAX_LINKS connections at a time,
// each closed when nothing has come for IDLE_MS.

import type { Cancel, Clock } from '@ccbt/primitives'
import type { ByteStream } from '@ccbt/transport'

import { PeerLimits } from '../limit/peer-limits.ts'
import type { TorrentLimits } from '../limit/session-limits.ts'
import type { SessionEvent } from '../events.ts'
import type { DhtAccess } from '../sources/dht-access.ts'
import type { TrackerAccess } from '../sources/tracker-access.ts'
import { ContentAnnouncer, MAX_CONTENT_KEYS } from './content-announcer.ts'
import { ContentLink } from './content-link.ts'
import { inDht, onTracker } from './content-places.ts'
import type { OpenPlace } from './content-places.ts'
import { owned } from './owned-message.ts'
import { Responder } from './responder.ts'
import type { SessionXet } from './session-xet.ts'

const MAX_LINKS = 8
const IDLE_MS = 60_000
/** Unsent bytes of a connection beyond which nothing more is read for it. */
const MAX_QUEUED_BYTES = 1_048_576

/** What a {@link ContentServer} works with. */
export interface ContentServerParts {
  readonly chunks: SessionXet
  readonly clock: Clock
  readonly limits: TorrentLimits
  readonly peerId: Uint8Array
  /** Where content is announced, beside the trackers that are chosen for it. */
  readonly dht?: DhtAccess | undefined
  readonly trackers: TrackerAccess
  readonly trackerKey: number
  readonly listenPort: () => number
  readonly emit: (event: SessionEvent) => void
}

/** Connections of those who ask. */
export class ContentServer {
  readonly #parts: ContentServerParts
  readonly #links = new Set<ContentLink>()
  readonly #announcers: readonly ContentAnnouncer[]

  constructor(parts: ContentServerParts) {
    this.#parts = parts
    this.#announcers = announcersOf(parts)
  }

  /** Takes an accepted stream; false when there is no place. */
  adopt(stream: ByteStream, head: Uint8Array): boolean {
    if (this.#links.size >= MAX_LINKS) return false
    const link = this.#open(stream)
    this.#links.add(link)
    stream.attach(link)
    link.greet(this.#parts.peerId)
    link.data(head)
    return true
  }

  stop(): void {
    for (const announcer of this.#announcers) announcer[Symbol.dispose]()
    for (const link of this.#links) link.close()
  }

  #open(stream: ByteStream): ContentLink {
    const { chunks, clock, limits } = this.#parts
    let responder: Responder | undefined
    let cancelIdle: Cancel = () => {}
    const mine = new PeerLimits(limits.of(stream.remote.host), {
      onDownloadTurn: () => {},
      onUploadTurn: () => responder?.serve(),
    })
    const waitOn = (): void => {
      cancelIdle()
      cancelIdle = clock.after(IDLE_MS, () => link.close())
    }
    const mayUpload = (): boolean => {
      if (stream.queuedBytes > MAX_QUEUED_BYTES) return false
      if (mine.upload.mayTake) return true
      mine.upload.wait()
      return false
    }
    const link: ContentLink = new ContentLink(stream, {
      introduced: ({ zstd }) => {
        responder ??= new Responder({
          scope: chunks.everything,
          index: chunks.index,
          clock,
          peer: {
            takesZstd: zstd,
            isServed: true,
            mayUpload,
            send: (message) => link.send(message),
            uploaded: (bytes) => mine.sent(bytes, stream.writtenBytes),
          },
        })
      },
      received: (message) => {
        waitOn()
        responder?.received(owned(message))
      },
      drained: () => responder?.serve(),
      closed: () => {
        cancelIdle()
        responder?.stop()
        mine.leave()
        this.#links.delete(link)
      },
    })
    waitOn()
    return link
  }
}

/** One for each place. */
function announcersOf(parts: ContentServerParts): ContentAnnouncer[] {
  const { chunks, clock, dht, listenPort, emit } = parts
  const budget = Math.min(chunks.announced, MAX_CONTENT_KEYS)
  if (budget === 0) return []
  const keys = (): Promise<Uint8Array[]> => chunks.library.keys(budget)
  const announcer = (source: 'dht' | 'content-tracker', place: OpenPlace): ContentAnnouncer => {
    const onFailed = (reason: string): void => emit({ type: 'source-failed', source, reason })
    return new ContentAnnouncer({ clock, place, listenPort, keys, onFailed })
  }
  const announcers = chunks.trackers.map((url) => announcer('content-tracker', onTracker(url, parts)))
  if (dht !== undefined) announcers.push(announcer('dht', inDht(dht)))
  chunks.watchContent(() => {
    for (const one of announcers) one.changed()
  })
  return announcers
}
