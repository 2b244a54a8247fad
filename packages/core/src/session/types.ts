// The face of the library: what `createSession` returns. The daemon, the dashboard and the command line use exactly this.

import type { Endpoint } from '@ccbt/address'
import type { Metainfo } from '@ccbt/metainfo'

import type { SessionEvent } from '../events.ts'
import type { AlternativeLimitsOptions, AlternativeUse } from '../limit/alternative-limits.ts'
import type { RatePair } from '../limit/session-limits.ts'
import type { Channel, ChannelOptions } from '../publish/channel.ts'
import type { AddOptions, TorrentSource } from '../options.ts'
import type { QueueLimits, QueueMove } from '../queue/torrent-queue.ts'
import type {
  FileSnapshot,
  SessionSnapshot,
  SessionStatistics,
  SessionSummary,
  TorrentSnapshot,
  TorrentSummary,
} from '../snapshot.ts'
import type { FileRange } from '../download/streams.ts'
import type { PieceStrategy } from '../torrent/strategy.ts'
import type { SeedingGoals } from '../torrent/seeding-goal.ts'

/** Something to be done to a torrent that is already there. */
export type Command =
  | { readonly type: 'pause'; readonly infoHash: string }
  | { readonly type: 'resume'; readonly infoHash: string }
  /**
   * Takes the torrent out of the session. Its data stays, or is deleted: files that another torrent of the session has as
   * well stay all the same. Rejects with DISK_WRITE_FAILED or DISK_UNSAFE_PATH when not all can be deleted.
   */
  | { readonly type: 'remove'; readonly infoHash: string; readonly deletesData?: boolean }
  /** Replaces all seeding goals that the torrent has. */
  | ({ readonly type: 'seeding-goals'; readonly infoHash: string } & SeedingGoals)
  | { readonly type: 'verify'; readonly infoHash: string }
  | { readonly type: 'reannounce'; readonly infoHash: string }
  | ContentCommand
  /** Of one torrent, of all with a label, or of the session; 0 = none, absent = as it is. */
  | {
      readonly type: 'limit'
      readonly infoHash?: string
      readonly label?: string
      readonly downloadLimitBps?: number
      readonly uploadLimitBps?: number
    }
  /** Replaces the session's `localLimits`. */
  | { readonly type: 'local-limits'; readonly limits: RatePair }
  /** Lets the session's `alternativeLimits` hold or not, or only as their schedule says. */
  | { readonly type: 'alternative-limits'; readonly use: AlternativeUse }
  /** Replaces the rates and the schedule of the alternative limits. Rejects with LIMIT_SCHEDULE_INVALID. */
  | { readonly type: 'set-alternative-limits'; readonly limits: AlternativeLimitsOptions }
  /** Has nothing more to do with these addresses (without ports), for as long as with who sends bad data. */
  | { readonly type: 'ban'; readonly hosts: readonly string[] }
  /** Replaces the limits of the queue. */
  | { readonly type: 'queue-limits'; readonly limits: QueueLimits }
  | { readonly type: 'queue'; readonly infoHash: string; readonly move: QueueMove }
  /** Lets a torrent run whatever the queue says, or no longer. */
  | { readonly type: 'force-start'; readonly infoHash: string; readonly isForced: boolean }
  /** Absent = none. */
  | { readonly type: 'set-label'; readonly infoHash: string; readonly label?: string }

/** A change of what of a torrent is wanted, how it is fetched, where it is or who is asked for peers. */
export type ContentCommand =
  /** One for each file: 0 = not wanted, 4 = normal, 7 = most. Counts at once; refused while the files are not known. */
  | { readonly type: 'priorities'; readonly infoHash: string; readonly priorities: readonly number[] }
  /** Counts at once. */
  | { readonly type: 'strategy'; readonly infoHash: string; readonly strategy: PieceStrategy }
  /** Whether the first and last pieces of each file come before all others. Counts at once. */
  | { readonly type: 'first-last'; readonly infoHash: string; readonly isOn: boolean }
  /** As `AddOptions.superSeed`; a torrent that seeds begins anew with its connections. */
  | { readonly type: 'super-seed'; readonly infoHash: string; readonly isOn: boolean }
  /** Peers to connect to as well, now and at each start until the session ends. */
  | { readonly type: 'peers'; readonly infoHash: string; readonly peers: readonly Endpoint[] }
  /** Replaces the torrent's trackers: those of the first tier are asked first. */
  | { readonly type: 'trackers'; readonly infoHash: string; readonly tiers: readonly (readonly string[])[] }
  /**
   * Makes another folder that of the torrent. `movesData`: the files go there, and the torrent runs on; refused, with
   * everything as it was, when another file is in the way or the disk fails. A move that a kill cuts off is finished when
   * the torrent is added again with either folder; `snapshot().directory` tells where it is. Else the data is there
   * already, and is checked.
   */
  | { readonly type: 'move'; readonly infoHash: string; readonly directory: string; readonly movesData: boolean }
  /**
   * Gives a file or folder of the torrent another name; `path` as `files()` has it, joined by `/`. It is remembered for
   * the folder that the torrent is in.
   */
  | { readonly type: 'rename'; readonly infoHash: string; readonly path: string; readonly name: string }

/** Whether a command is about the contents of one torrent. */
export function isContentCommand(command: Command): command is ContentCommand {
  return CONTENT_COMMANDS.has(command.type)
}

const CONTENT_COMMANDS: ReadonlySet<string> = new Set<ContentCommand['type']>([
  'priorities',
  'strategy',
  'first-last',
  'super-seed',
  'peers',
  'trackers',
  'move',
  'rename',
])

/** How a command ended. */
export type CommandResult =
  | { readonly kind: 'done' }
  | { readonly kind: 'no-such-torrent' }
  | { readonly kind: 'refused'; readonly reason: string }

/** One torrent of a session. */
export interface TorrentHandle {
  readonly infoHash: string
  /** What the torrent is made of; absent while a magnet link's metadata is not known. */
  readonly metainfo: Metainfo | undefined
  readonly phase: TorrentSummary['phase']
  /** In the order of the torrent, padding included; none while a magnet link's metadata is not known. */
  files(): readonly FileSnapshot[]
  /** The verified pieces, a bit each in wire order: read only, and as they are now. Empty while nothing is known. */
  readonly have: Uint8Array
  /**
   * The bytes of a part of a file, in pieces of at most 16 KiB as they are there: what is missing is waited for and fetched
   * before everything else. Throws ABORTED by `signal` or when the torrent is closed, TORRENT_FILE_UNWANTED, DISK_*.
   */
  read(file: number, range: FileRange, signal: AbortSignal): AsyncGenerator<Uint8Array, void>
  /**
   * What is known of the data as `AddOptions.record` takes it: verified pieces, bytes up and down, names of files. Written to
   * the disk first; absent while there is none. Rejects with DISK_*.
   */
  record(): Promise<string | undefined>
  /** With the supply of at most so many parts of it, 0 unless given. */
  snapshot(parts?: number): TorrentSnapshot
  /** The numbers of the snapshot. */
  summary(): TorrentSummary
  /** Fulfilled when every selected piece is verified and on disk; rejected with a CcbtError when the torrent fails. */
  readonly complete: Promise<void>
  /** Fulfilled when the torrent's run ended (`finished`, removed or session closed); rejected when it fails. */
  readonly finished: Promise<void>
}

/**
 * A BitTorrent session: one listening port, shared disk workers and limits, any number of torrents.
 * Disposing stops all torrents, tells trackers (at most 3 s), writes resume records and closes every handle.
 */
export interface Session extends AsyncDisposable {
  /**
   * Starts a torrent; one that is a magnet link fetches its metadata first. Rejects with a CcbtError: METAINFO_* for a bad
   * torrent or link, DISK_* for a folder that cannot be used, SESSION_DUPLICATE_TORRENT.
   */
  add(source: TorrentSource, options: AddOptions): Promise<TorrentHandle>
  snapshot(): SessionSnapshot
  summary(): SessionSummary
  statistics(): SessionStatistics
  command(command: Command): Promise<CommandResult>
  /** Follows the newest signed item of a key, or shows it (BEP 46). Rejects with CHANNEL_DUPLICATE. */
  channel(options: ChannelOptions): Promise<Channel>
  /** Calls `listener` for each event until the returned function is called. */
  subscribe(listener: (event: SessionEvent) => void): () => void
}
