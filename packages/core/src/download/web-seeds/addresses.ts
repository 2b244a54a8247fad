// Which web seeds a torrent has, and what they have to know of it. Private torrents use theirs too: BEP 27 forbids other
// sources of peers, and a server of the torrent's data makes none known.

import type { Metainfo } from '@ccbt/metainfo'
import type { ByteSpace } from '../../torrent/byte-space.ts'
import type { SeedTorrent, WebSeedOptions } from '@ccbt/web-seed'

/** One web seed. */
export type WebSeedAddress = Pick<WebSeedOptions, 'url' | 'style'>

/** The web seeds of a torrent (BEP 19 and 17), those that the user has added first. */
export function webSeedsOf(metainfo: Metainfo, added: readonly string[] = []): WebSeedAddress[] {
  const folders = new Set([...added, ...metainfo.webSeeds])
  return [
    ...Array.from(folders, (url) => ({ url, style: 'url-list' as const })),
    ...Array.from(new Set(metainfo.httpSeeds), (url) => ({ url, style: 'httpseeds' as const })),
  ]
}

/** The torrent with the names that servers know its files by: those in the torrent, not those on our disk. */
export function seedTorrentOf(metainfo: Metainfo, { files, layout }: ByteSpace): SeedTorrent {
  const { isMultiFile, infoHash, pieceLength } = metainfo
  const rawName = files[0]?.rawPath.split('/')[0]
  return {
    name: rawName ?? metainfo.name,
    isMultiFile,
    files: files.map(({ rawPath, length, offset, isPad }) => ({
      path: rawPath.split('/').slice(isMultiFile ? 1 : 0),
      length,
      offset,
      isPad,
    })),
    infoHash,
    pieceLength,
    totalLength: layout.totalLength,
  }
}

/** A URL as it may be shown: without user name, password and query. */
export function shownUrl(url: string): string {
  const parsed = URL.parse(url)
  return parsed === null ? 'not a URL' : `${parsed.protocol}//${parsed.host}${parsed.pathname}`
}
