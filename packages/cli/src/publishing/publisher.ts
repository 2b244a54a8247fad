// Publishes versions of one folder: each becomes a torrent that is seeded from where it is, and a signed item that points to
// it. One version is made at a time, and only the newest is seeded: the files of older ones have been changed.

import { dirname, resolve } from 'node:path'
import type { AddOptions, Channel, Session } from '@ccbt/core'
import { signItem, versionOf, versionPointer } from '@ccbt/discovery'
import type { MutableItem, PublishedVersion } from '@ccbt/discovery'
import { encodeTorrentFile } from '@ccbt/metainfo'
import type { Metainfo } from '@ccbt/metainfo'
import { bytesEqual, toHex } from '@ccbt/primitives'
import { folderVersion } from './folder-version.ts'
import { saveKey } from './key-store.ts'
import type { PublisherKey } from './key-store.ts'

/** What a publisher works with. */
export interface PublisherParts {
  readonly folder: string
  readonly exclude: readonly string[]
  readonly stateFolder: string
  readonly session: Session
  readonly channel: Channel
  readonly key: PublisherKey
  /** How the torrents are seeded. */
  readonly seeding: AddOptions
  readonly signal: AbortSignal
}

/** How {@link Publisher.publish} ended. */
export interface Published {
  readonly kind: 'published' | 'unchanged'
  readonly item: MutableItem
  readonly metainfo: Metainfo
  /** What is not in it and why. */
  readonly leftOut: readonly string[]
  /** DHT nodes that took the item. */
  readonly stored: number
}

/** Publishes one folder. */
export class Publisher {
  readonly #parts: PublisherParts
  #key: PublisherKey
  #seeded: string | undefined

  constructor(parts: PublisherParts) {
    this.#parts = parts
    this.#key = parts.key
  }

  /** Publishes the folder as it is now, unless it is as it was. Rejects like `folderVersion`. */
  async publish(): Promise<Published> {
    const { folder, channel } = this.#parts
    const { metainfo, leftOut } = await folderVersion(folder, this.#parts)
    const { newest } = this.#key
    const last = newest && versionOf(newest)
    const isSame = last !== undefined && bytesEqual(last.infoHash, metainfo.infoHash)
    // Another computer with this key may have gone ahead of us: only above it are we heard.
    const isBehind = (channel.newest?.seq ?? -1) > (newest?.seq ?? -1)
    const item = newest !== undefined && isSame && !isBehind ? newest : await this.#sign(metainfo, last)
    await this.#seed(metainfo)
    const stored = await channel.show(item)
    return { kind: item === newest ? 'unchanged' : 'published', item, metainfo, leftOut, stored }
  }

  /** Takes the torrent out of the session. */
  async forget(): Promise<void> {
    if (this.#seeded !== undefined) await this.#parts.session.command({ type: 'remove', infoHash: this.#seeded })
    this.#seeded = undefined
  }

  async #sign(metainfo: Metainfo, last: PublishedVersion | undefined): Promise<MutableItem> {
    const { stateFolder, channel } = this.#parts
    const { infoHash, infoHashV2 } = metainfo
    const value = versionPointer({
      infoHash,
      ...(infoHashV2 === undefined ? {} : { infoHashV2 }),
      ...(last === undefined ? {} : { previous: last.infoHash }),
      timeS: Math.floor(Date.now() / 1000),
    })
    const seq = Math.max(this.#key.newest?.seq ?? 0, channel.newest?.seq ?? 0) + 1
    const { privateKey, salt } = this.#key
    const newest = signItem({ privateKey, salt, seq, value })
    this.#key = { ...this.#key, newest }
    await saveKey(stateFolder, this.#key)
    return newest
  }

  async #seed(metainfo: Metainfo): Promise<void> {
    const { session, seeding, folder } = this.#parts
    const infoHash = toHex(metainfo.infoHash)
    if (this.#seeded === infoHash) return
    await this.forget()
    // The bytes have just been hashed.
    await session.add(encodeTorrentFile(metainfo), {
      ...seeding,
      directory: dirname(resolve(folder)),
      check: 'skip',
      preallocate: 'none',
      stopWhenComplete: false,
    })
    this.#seeded = infoHash
  }
}
