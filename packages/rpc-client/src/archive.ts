// Torrents of a daemon as files, for another one.

import { HttpCaller } from './http-call.ts'
import type { DaemonAddress } from './http-call.ts'

/** A torrent as a daemon gives it away, plain JSON. */
export interface ExportedTorrent {
  /** Lower-case hexadecimal, 40 digits. */
  readonly infoHash: string
  /** Base64; absent while a magnet link's metadata is not known. */
  readonly torrentFile?: string
  /** The magnet link instead of it. */
  readonly link?: string
  /** From 1; 0 = not in the queue. */
  readonly position: number
  /** What the daemon keeps of it, in a form of its own. */
  readonly state: Readonly<Record<string, unknown>>
}

/** Gives torrents away and takes them back. */
export interface TorrentArchive {
  /** Undefined: there is no such torrent any more. */
  export(id: number): Promise<ExportedTorrent | undefined>
  /** Adds it as it was; it comes last in the queue. Rejects with RPC_FAILED for what no daemon has given away. */
  restore(torrent: ExportedTorrent): Promise<{ readonly kind: 'added' | 'duplicate'; readonly id: number }>
}

/** The archive of the daemon at `address`; connects with the first call. */
export function createHttpArchive(address: DaemonAddress): TorrentArchive & AsyncDisposable {
  const caller = new HttpCaller(address)
  return {
    export: async (id) => ((await caller.call('ccbt-export', { id })) ?? undefined) as ExportedTorrent | undefined,
    restore: (torrent) => caller.call('ccbt-restore', torrent) as ReturnType<TorrentArchive['restore']>,
    [Symbol.asyncDispose]: async () => caller[Symbol.dispose](),
  }
}
