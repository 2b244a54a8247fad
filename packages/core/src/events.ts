// Everything a session tells by itself. Plain data; `infoHash` is lower-case hexadecimal.

import type { CcbtError } from '@ccbt/primitives'
import type { Transport } from '@ccbt/transport'

import type { SeedingGoalAction, SeedingGoalKind } from './torrent/seeding-goal.ts'

/** Something that happened. */
export type SessionEvent =
  /** The port is open; `createSession` has returned. Emitted to each new subscriber. */
  | { readonly type: 'listening'; readonly port: number }
  | { readonly type: 'added'; readonly infoHash: string; readonly name: string }
  /** The metadata of a magnet link is known and saved as `torrentFile`; the download begins. */
  | { readonly type: 'metadata'; readonly infoHash: string; readonly name: string; readonly torrentFile: string }
  | { readonly type: 'checking'; readonly infoHash: string }
  /** `hashed` pieces were read; absent = the record of an earlier run was believed, or there was nothing. */
  | {
      readonly type: 'checked'
      readonly infoHash: string
      readonly piecesDone: number
      readonly pieces: number
      readonly hashed?: number
    }
  /** Every selected piece is there and verified, files have their final size. Once per run; `downloaded` counts this run. */
  | { readonly type: 'complete'; readonly infoHash: string; readonly downloaded: number; readonly elapsedMs: number }
  /** So much of a complete torrent was found on this machine, in files of other torrents or of none. */
  | {
      readonly type: 'reused'
      readonly infoHash: string
      readonly bytes: number
      readonly from: readonly { readonly path: string; readonly bytes: number }[]
    }
  | { readonly type: 'seeding'; readonly infoHash: string }
  /** The end of a torrent's run: complete without seeding, or its seeding goal is reached. */
  | { readonly type: 'finished'; readonly infoHash: string }
  /** It has seeded enough; what was to be done then is done, but for `remove`, which begins. */
  | {
      readonly type: 'goal-reached'
      readonly infoHash: string
      readonly kind: SeedingGoalKind
      readonly action: SeedingGoalAction
    }
  | { readonly type: 'failed'; readonly infoHash: string; readonly error: CcbtError }
  | { readonly type: 'piece-corrupt'; readonly infoHash: string; readonly piece: number }
  /** A peer's handshake came, and it may stay. */
  | {
      readonly type: 'peer-connected'
      readonly infoHash: string
      readonly address: string
      readonly direction: 'in' | 'out'
      readonly transport: Transport
      readonly isEncrypted: boolean
    }
  /** A connection ended; `reason` is absent when the peer just closed it. */
  | {
      readonly type: 'peer-disconnected'
      readonly infoHash: string
      readonly address: string
      readonly reason?: string
    }
  /** An address that a person named is not contacted: an IP filter blocks it, or it is banned. */
  | { readonly type: 'peer-refused'; readonly infoHash: string; readonly address: string; readonly reason: string }
  | { readonly type: 'peer-banned'; readonly infoHash: string; readonly address: string; readonly reason: string }
  /** A web seed has sent wrong data and is not used any more. `url` is without user name, password and query. */
  | { readonly type: 'web-seed-banned'; readonly infoHash: string; readonly url: string; readonly reason: string }
  /** A web seed does not work: for `retryInMs`, or at all (or one of its files) when that is absent. */
  | {
      readonly type: 'web-seed-failed'
      readonly infoHash: string
      readonly url: string
      readonly error: string
      readonly retryInMs?: number
    }
  /** The gateway lets connections in from outside. */
  | {
      readonly type: 'port-mapped'
      readonly protocol: 'tcp' | 'udp'
      readonly externalPort: number
      readonly via: 'pcp' | 'nat-pmp' | 'upnp'
    }
  /**
   * A file of blocked addresses has been read: at the start, which each new subscriber is told, or because it has changed.
   * `problems` are the first of the lines that make no sense.
   */
  | {
      readonly type: 'ip-filter-loaded'
      readonly path: string
      readonly ranges: number
      readonly skippedLines: number
      readonly problems: readonly string[]
    }
  /** A file of blocked addresses has changed and cannot be read: what it said before stays in force. */
  | { readonly type: 'ip-filter-failed'; readonly path: string; readonly reason: string }
  /** Something that all torrents use to find or reach others does not work; what goes on, goes on without it. */
  | {
      readonly type: 'source-failed'
      readonly source: 'dht' | 'port-mapping' | 'proxy' | 'chunk-index' | 'content-tracker'
      readonly reason: string
    }
  | { readonly type: 'tracker-failed'; readonly infoHash: string; readonly url: string; readonly error: string }
  | { readonly type: 'tracker-working'; readonly infoHash: string; readonly url: string; readonly peers: number }

/** An event of one torrent, without its infohash. */
export type TorrentEvent = DistributiveOmit<Extract<SessionEvent, { infoHash: string }>, 'infoHash'>

type DistributiveOmit<T, K extends string> = T extends unknown ? Omit<T, K> : never
