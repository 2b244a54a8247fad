// What a torrent has lived through in another program.

import { asInt } from '@ccbt/bencode'
import type { BencodeDict } from '@ccbt/bencode'

import type { TorrentHistory } from '../state/torrent-record.ts'

/** Times, and bytes of payload. */
export interface ForeignHistory {
  readonly history: TorrentHistory
  readonly uploadedBytes: number
  readonly downloadedBytes: number
}

/** What the numbers are called: times are in seconds, since 1970 or long. */
export interface HistoryKeys {
  readonly uploaded: string
  readonly downloaded?: string
  readonly added?: string
  readonly completed: string
  readonly active?: string
  readonly downloading?: string
  readonly seeding?: string
}

/** What is missing or makes no sense is 0; a torrent without a time was added `nowMs`. */
export function readHistory(record: BencodeDict, keys: HistoryKeys, nowMs: number): ForeignHistory {
  const amount = (key: string | undefined): number => {
    const value = key === undefined ? undefined : asInt(record.get(key))
    return value === undefined || value < 0 ? 0 : value
  }
  const timeMs = (key: string | undefined): number => Math.min(amount(key) * 1000, nowMs)
  return {
    history: {
      addedAtMs: timeMs(keys.added) || nowMs,
      completedAtMs: timeMs(keys.completed),
      activeAtMs: timeMs(keys.active),
      downloadingS: amount(keys.downloading),
      seedingS: amount(keys.seeding),
    },
    uploadedBytes: amount(keys.uploaded),
    downloadedBytes: amount(keys.downloaded),
  }
}
