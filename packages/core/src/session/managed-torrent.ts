// What a session does with a torrent, whether its metadata is known or not.

import type { ByteStream } from '@ccbt/transport'

import type { QueuedTorrent } from '../queue/queue-keeper.ts'
import type { CommandResult, ContentCommand, TorrentHandle } from './types.ts'
import type { SeedingGoals } from '../torrent/seeding-goal.ts'

/** A torrent as its session sees it. */
export interface ManagedTorrent extends TorrentHandle, QueuedTorrent {
  /** The hashes that peers may ask for it by, as hexadecimal: a hybrid torrent has two. */
  readonly infoHashes: readonly string[]
  /** Takes what it needs and starts; rejects when it cannot. */
  open(): Promise<void>
  /** An accepted stream asked for this torrent; false when it is not wanted. */
  adopt(stream: ByteStream, head: Uint8Array): boolean
  reannounce(): void
  pause(): Promise<void>
  resume(): CommandResult
  verify(): Promise<CommandResult>
  /** Rejects when the disk fails; the torrent has failed then. */
  change(command: ContentCommand): Promise<CommandResult>
  /** Stops for good. */
  close(): Promise<void>
  /**
   * Closes and forgets what is known about it. Its data is deleted when there is an `isKept`, but for the paths for which
   * that is true. Rejects with DISK_WRITE_FAILED, DISK_UNSAFE_PATH when not all can be deleted.
   */
  remove(isKept?: (path: string) => boolean): Promise<void>
  /** Absolute paths of its files, whether they exist or not; none while the metadata is not known. */
  paths(): readonly string[]
  /** Replaces the goals it was added with. */
  setGoals(goals: SeedingGoals): void
}
