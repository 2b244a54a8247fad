// Torrent files that were put together from peers, in the state directory: the metadata of a magnet link is fetched once.
// A file is there completely or not at all; one that does not have the right hash counts as not there.

import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { encodeTorrentFile, parseTorrent } from '@ccbt/metainfo'
import type { Metainfo } from '@ccbt/metainfo'
import { CcbtError, isCcbtError } from '@ccbt/primitives'

import { replaceStateFile } from '../state-file.ts'

/** The saved torrent file of one infohash. */
export class SavedTorrent {
  /** Where it is, or would be. */
  readonly path: string

  /** `infoHash` is lower-case hexadecimal. */
  constructor(stateDir: string, infoHash: string) {
    this.path = join(stateDir, 'torrents', `${infoHash}.torrent`)
  }

  /** The torrent, when there is a file of one that `isRight` accepts by its info dictionary. */
  async load(isRight: (infoBytes: Uint8Array) => boolean): Promise<Metainfo | undefined> {
    try {
      const metainfo = parseTorrent(await readFile(this.path))
      return isRight(metainfo.infoBytes) ? metainfo : undefined
    } catch (error) {
      // Missing, unreadable or damaged: peers have another copy, and saving that one tells what is wrong with the disk.
      if (isCcbtError(error) ? error.blame === 'input' : errnoOf(error) !== undefined) return undefined
      throw error
    }
  }

  /** Rejects with TORRENT_FILE_UNWRITABLE. */
  async save(metainfo: Metainfo): Promise<void> {
    try {
      await replaceStateFile(this.path, encodeTorrentFile(metainfo))
    } catch (cause) {
      throw unwritable(this.path, cause)
    }
  }

  /** Deletes the file. */
  async forget(): Promise<void> {
    await rm(this.path, { force: true })
  }
}

function unwritable(path: string, cause: unknown): CcbtError<'TORRENT_FILE_UNWRITABLE'> {
  const errno = errnoOf(cause) ?? 'unknown error'
  return new CcbtError('TORRENT_FILE_UNWRITABLE', `cannot write ${path}: ${errno}`, {
    blame: 'disk',
    context: { path, errno },
    cause,
  })
}

function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
