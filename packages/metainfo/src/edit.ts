// Changing what a torrent file says outside its info dictionary. Everything else keeps its bytes, the info dictionary
// above all: it may be written in a way that no encoder would choose, and the info-hash is of just those bytes.

import { asDict, encode, type Encodable } from '@ccbt/bencode'
import { seedFields, trackerFields } from './build.ts'
import { plainView, readDocument } from './document.ts'
import { malformed } from './errors.ts'
import { checkUrls } from './spec.ts'
import { dictOf } from './torrent-file.ts'
import { TRACKER_SCHEMES, WEB_SCHEMES } from './urls.ts'

/** What to change; what is left out stays as it is. */
export interface TorrentChanges {
  /** The new tiers in place of all old ones; empty = none. */
  readonly trackers?: readonly (readonly string[])[]
  /** The new web seeds in place of all old ones; empty = none. */
  readonly webSeeds?: readonly string[]
  /** The new comment; empty = none. */
  readonly comment?: string
}

/**
 * The torrent file `bytes` with these changes and the same info-hashes. Throws METAINFO_MALFORMED when it is no torrent
 * file and METAINFO_FIELD_INVALID when something is no URL.
 * @example editTorrent(bytes, { trackers: [['udp://tracker.example:80']], comment: '' })
 */
export function editTorrent(bytes: Uint8Array, changes: TorrentChanges): Uint8Array {
  const plain = plainView(bytes)
  const { value, span } = readDocument(plain, false)
  const root = asDict(value)
  if (root === undefined || asDict(root.get('info')) === undefined) throw malformed("it has no 'info' dictionary")
  const entries = new Map<string, Uint8Array>()
  for (const key of root.keys()) {
    const { start, end } = span([key])!
    entries.set(key, plain.subarray(start, end))
  }
  for (const [key, field] of Object.entries(changedFields(changes))) {
    if (field === undefined) entries.delete(key)
    else entries.set(key, encode(field))
  }
  return dictOf(entries)
}

/** The new values of all fields that the changes touch; `undefined` removes one. */
function changedFields({ trackers, webSeeds, comment }: TorrentChanges): Record<string, Encodable | undefined> {
  checkUrls('trackers', trackers?.flat() ?? [], TRACKER_SCHEMES)
  checkUrls('web seeds', webSeeds ?? [], WEB_SCHEMES)
  return {
    ...(trackers === undefined ? {} : trackerFields(trackers)),
    ...(webSeeds === undefined ? {} : seedFields(webSeeds)),
    ...(comment === undefined ? {} : { comment: comment === '' ? undefined : comment, 'comment.utf-8': undefined }),
  }
}
