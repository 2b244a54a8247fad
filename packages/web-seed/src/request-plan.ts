// Cuts a range of the torrent into what one HTTP request can bring: a part of one file (BEP 19) or of one piece (BEP 17).
// Pad files are zeros made here. Pure: no sockets, no clock.

import { fileUnavailable } from './errors.ts'
import type { SeedFile, SeedTorrent } from './options.ts'
import { percentEncode } from './percent.ts'
import { appendPath } from './seed-url.ts'
import type { SeedUrl } from './seed-url.ts'

/** A part of the torrent's byte space. */
export interface TorrentRange {
  readonly offset: number
  /** At least 1. */
  readonly length: number
}

/** Zeros of a pad file. */
export interface ZerosPart {
  readonly kind: 'zeros'
  readonly length: number
}

/** What one request brings. */
export interface RequestPart {
  readonly kind: 'request'
  /** Path and query, before redirects. */
  readonly path: string
  readonly length: number
  /** The bytes of the file that `path` names (BEP 19); absent when `path` itself says which (BEP 17). */
  readonly file?: FileRange
}

/** A part of a file. */
export interface FileRange {
  /** Index in the torrent's list of files. */
  readonly index: number
  readonly start: number
  /** Of the whole file. */
  readonly fileLength: number
}

/** One step of a fetch. */
export type Part = ZerosPart | RequestPart

/** Cuts a range; parts come in its order and are together as long. */
export type Planner = (range: TorrentRange) => Iterable<Part>

/** The planner of a server of files (BEP 19). Iterating throws WEB_SEED_FILE_UNAVAILABLE where a URL cannot name a file. */
export function filePlanner(torrent: SeedTorrent, url: SeedUrl): Planner {
  return function* ({ offset, length }) {
    const end = offset + length
    for (let index = fileAt(torrent.files, offset); index < torrent.files.length; index++) {
      const file = torrent.files[index]!
      if (file.offset >= end) return
      const start = Math.max(0, offset - file.offset)
      const partLength = Math.min(end - file.offset, file.length) - start
      if (partLength <= 0) continue
      if (file.isPad) yield { kind: 'zeros', length: partLength }
      else
        yield { ...request(torrent, url, index), length: partLength, file: { index, start, fileLength: file.length } }
    }
  }
}

/** The planner of a script (BEP 17). */
export function piecePlanner(torrent: SeedTorrent, url: SeedUrl): Planner {
  const query = `${url.hasQuery ? '&' : '?'}info_hash=${percentEncode(torrent.infoHash)}`
  return function* ({ offset, length }) {
    for (let at = offset; at < offset + length;) {
      const piece = Math.floor(at / torrent.pieceLength)
      const pieceStart = piece * torrent.pieceLength
      const pieceEnd = Math.min(pieceStart + torrent.pieceLength, torrent.totalLength)
      const end = Math.min(offset + length, pieceEnd)
      const isWhole = at === pieceStart && end === pieceEnd
      const ranges = isWhole ? '' : `&ranges=${at - pieceStart}-${end - pieceStart - 1}`
      yield { kind: 'request', path: `${url.path}${query}&piece=${piece}${ranges}`, length: end - at }
      at = end
    }
  }
}

/** BEP 19: a URL of a folder gets the torrent's name after it; that of a single file may name the file itself. */
function request(torrent: SeedTorrent, url: SeedUrl, index: number): { kind: 'request'; path: string } {
  const { name, isMultiFile, files } = torrent
  const names = isMultiFile ? [name, ...files[index]!.path] : url.path.endsWith('/') ? [name] : []
  const path = appendPath(url.path, names)
  if (path === undefined) throw fileUnavailable(url.label, index, 'its name cannot be part of a URL')
  return { kind: 'request', path }
}

/** Index of the last file that starts at or before `offset`; files of length 0 may start there as well. */
function fileAt(files: readonly SeedFile[], offset: number): number {
  let low = 0
  let high = files.length
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    if (files[middle]!.offset <= offset) low = middle
    else high = middle
  }
  return low
}
