// Ends a transfer whose data does not fit where it is written to, before it has filled the disk.

import type { Session, TorrentHandle } from '@ccbt/core'
import { freeSpace, isWriting, shortageOf } from '@ccbt/daemon/guard'
import { inputError } from '../errors.ts'
import { formatBytes } from '../output/format.ts'

/** Watches one transfer until it is disposed. */
export class RoomWatch implements Disposable {
  /** Rejects with CLI_NO_SPACE. */
  readonly failed: Promise<never>
  readonly #fail: (reason: unknown) => void
  readonly #unsubscribe: () => void
  #torrent: TorrentHandle | undefined

  constructor(session: Pick<Session, 'subscribe'>) {
    const { promise, reject } = Promise.withResolvers<never>()
    this.failed = promise
    this.#fail = reject
    // Nobody waits for it before the torrent is there.
    promise.catch(() => {})
    this.#unsubscribe = session.subscribe((event) => {
      if (event.type === 'checked' && event.piecesDone < event.pieces) this.#look()
    })
  }

  /** The torrent is there, and may be checked already. */
  attach(torrent: TorrentHandle): void {
    this.#torrent = torrent
    this.#look()
  }

  [Symbol.dispose](): void {
    this.#unsubscribe()
  }

  #look(): void {
    if (this.#torrent === undefined) return
    // A disk that cannot tell its room is written to as far as it goes.
    endWithoutRoom(this.#torrent).then(
      (error) => error !== undefined && this.#fail(error),
      () => undefined,
    )
  }
}

async function endWithoutRoom(torrent: TorrentHandle): Promise<Error | undefined> {
  const { directory, name } = torrent.summary()
  const freeBytes = await freeSpace(directory)
  if (!isWriting(torrent)) return undefined
  const shortage = await shortageOf(torrent, freeBytes)
  if (shortage === undefined) return undefined
  const text = `${formatBytes(shortage.neededBytes)} more are needed, and ${formatBytes(freeBytes)} are free`
  return inputError('CLI_NO_SPACE', `not enough space in ${directory} for ${name}: ${text}`, { path: directory })
}
