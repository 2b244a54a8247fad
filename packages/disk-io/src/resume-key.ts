// Names what belongs to one torrent in one folder: its resume record and its lock. The folder is part of the name, because
// several processes with one state directory may have the same torrent in different places.

import { hash } from 'node:crypto'
import { resolve } from 'node:path'

import { toHex } from '@ccbt/primitives'

/** One torrent in one folder. */
export interface ResumeKey {
  /** 20 bytes. */
  readonly infoHash: Uint8Array
  /** Folder that the torrent is saved to. */
  readonly directory: string
}

const DIRECTORY_DIGITS = 12

/** A file name without extension: the info-hash and a short hash of the absolute folder. */
export function resumeName(key: ResumeKey): string {
  const directory = hash('sha256', resolve(key.directory)).slice(0, DIRECTORY_DIGITS)
  return `${toHex(key.infoHash)}-${directory}`
}
