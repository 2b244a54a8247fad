// Puts new versions of a followed folder in its place: the torrent's metadata, what is here already, the rest from peers,
// everything hashed, then the switch. A newer version that comes meanwhile ends the work on an older one.

import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import type { AddOptions, Session, TorrentHandle } from '@ccbt/core'
import { versionOf } from '@ccbt/discovery'
import type { MutableItem } from '@ccbt/discovery'
import { freeBytes } from '@ccbt/disk-io'
import { encodeTorrentFile, parseTorrent } from '@ccbt/metainfo'
import type { Metainfo } from '@ccbt/metainfo'
import { bug, bytesEqual, isCcbtError, toHex } from '@ccbt/primitives'
import type { FollowedFolder } from './followed-folder.ts'
import { copySameFiles, newBytes, removedFiles } from './version-files.ts'
import type { LocalVersion } from './version-files.ts'

/** What a follower works with. */
export interface FollowerParts {
  readonly folder: FollowedFolder
  readonly session: Session
  /** How torrents are downloaded and seeded. */
  readonly transfer: AddOptions
  /** Old versions that are kept. */
  readonly keep: number
  /** More files may be removed, and more than fits on the disk be fetched, by no version but {@link FollowerParts.accepted}. */
  readonly maxRemoved: number
  readonly accepted: number | undefined
}

/** How {@link Follower.apply} ended. */
export type Applied =
  | { readonly kind: 'current'; readonly metainfo: Metainfo; readonly reused: number; readonly downloaded: number }
  /** It waits for the user: so many files would be gone, or there is not so much room. */
  | { readonly kind: 'held'; readonly removed: number }
  | { readonly kind: 'no-room'; readonly bytes: number; readonly free: number }
  /** There is nothing to do: it is here, or the user went back behind it. */
  | { readonly kind: 'not-wanted' }
  /** The item points to no torrent. */
  | { readonly kind: 'no-torrent' }

interface Fetched extends LocalVersion {
  readonly downloaded: number
}

/** Keeps one folder current. */
export class Follower {
  readonly #parts: FollowerParts
  /** What is seeded, as hexadecimal. */
  #seeded: string | undefined

  constructor(parts: FollowerParts) {
    this.#parts = parts
  }

  /** Seeds the version that is here. */
  async seedCurrent(): Promise<void> {
    const local = await this.#current()
    if (local === undefined) return
    const { session, transfer } = this.#parts
    const options = { ...transfer, directory: local.directory, stopWhenComplete: false }
    await session.add(encodeTorrentFile(local.metainfo), options)
    this.#seeded = toHex(local.metainfo.infoHash)
  }

  /** Makes the version of this item the current one. Rejects with ABORTED by `signal`, else as torrents do. */
  async apply(item: MutableItem, signal: AbortSignal): Promise<Applied> {
    const { folder, accepted, keep } = this.#parts
    const version = item.seq
    if (!(await folder.isWanted(version))) return { kind: 'not-wanted' }
    const pointed = versionOf(item)
    if (pointed === undefined) return { kind: 'no-torrent' }
    const old = await this.#current()
    if (old !== undefined && bytesEqual(old.metainfo.infoHash, pointed.infoHash)) {
      return { kind: 'current', metainfo: old.metainfo, reused: 0, downloaded: 0 }
    }
    // The user has gone back behind what is seeded, and the same comes again.
    if (this.#seeded === toHex(pointed.infoHash)) await this.forget()
    const metainfo = await this.#metadata(pointed, signal)
    const doubt = accepted === version ? undefined : await this.#doubtOf(version, old?.metainfo, metainfo)
    if (doubt !== undefined) return doubt

    const next = { metainfo, directory: folder.versionPath(version) }
    const reused = old === undefined ? 0 : await copySameFiles(old, next, signal)
    const { downloaded } = await this.#fetch(next, signal)
    // The user may have gone back meanwhile.
    if (!(await folder.isWanted(version))) {
      await this.#remove(toHex(metainfo.infoHash))
      return { kind: 'not-wanted' }
    }
    await writeFile(folder.torrentPath(version), encodeTorrentFile(metainfo))
    await this.forget()
    this.#seeded = toHex(metainfo.infoHash)
    await folder.switchTo({ version, name: metainfo.name }, keep)
    return { kind: 'current', metainfo, reused, downloaded }
  }

  /** Takes what is seeded out of the session. */
  async forget(): Promise<void> {
    if (this.#seeded !== undefined) await this.#remove(this.#seeded)
    this.#seeded = undefined
  }

  /** Why a version is not taken unasked. */
  async #doubtOf(version: number, old: Metainfo | undefined, next: Metainfo): Promise<Applied | undefined> {
    const { folder, maxRemoved } = this.#parts
    const removed = old === undefined ? 0 : removedFiles(old, next)
    if (removed > maxRemoved) return { kind: 'held', removed }
    const place = folder.versionPath(version)
    // What was begun was not doubted, and has taken some of the room.
    if (existsSync(place)) return undefined
    const [bytes, free] = [newBytes(old, next), await freeBytes(place)]
    return bytes > free ? { kind: 'no-room', bytes, free } : undefined
  }

  async #current(): Promise<LocalVersion | undefined> {
    const { folder } = this.#parts
    const { current } = await folder.state()
    if (current === undefined) return undefined
    const metainfo = parseTorrent(await readFile(folder.torrentPath(current)))
    return { metainfo, directory: folder.versionPath(current) }
  }

  async #metadata(
    { infoHash, infoHashV2 }: { readonly infoHash: Uint8Array; readonly infoHashV2?: Uint8Array },
    signal: AbortSignal,
  ): Promise<Metainfo> {
    const { session, transfer, folder } = this.#parts
    const hash = infoHashV2 === undefined ? { infoHashV1: infoHash } : { infoHashV2 }
    const magnet = { ...hash, trackers: [], webSeeds: [], peers: [], selected: [] }
    const saved = new Map<string, string>()
    const unsubscribe = session.subscribe((event) => {
      if (event.type === 'metadata') saved.set(event.infoHash, event.torrentFile)
    })
    try {
      const options = { ...transfer, directory: folder.versionPath(0), metadataOnly: true, stopWhenComplete: true }
      const handle = await session.add(magnet, options)
      await this.#finished(handle, handle.finished, signal)
      const path = saved.get(handle.infoHash)
      if (path === undefined) throw bug('the metadata of a magnet link has come without its file')
      const metainfo = parseTorrent(await readFile(path))
      await this.#remove(handle.infoHash)
      return metainfo
    } finally {
      unsubscribe()
    }
  }

  async #fetch({ metainfo, directory }: LocalVersion, signal: AbortSignal): Promise<Fetched> {
    const { session, transfer } = this.#parts
    const options = { ...transfer, directory, check: 'full', stopWhenComplete: false } as const
    const handle = await session.add(encodeTorrentFile(metainfo), options)
    await this.#finished(handle, handle.complete, signal)
    return { metainfo, directory, downloaded: handle.snapshot().downloaded }
  }

  /** Takes the torrent away when it fails or is not wanted any more. */
  async #finished(handle: TorrentHandle, end: Promise<void>, signal: AbortSignal): Promise<void> {
    const aborted = Promise.withResolvers<void>()
    const onAbort = (): void => aborted.reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) onAbort()
    try {
      await Promise.race([end, aborted.promise])
    } catch (error) {
      await this.#remove(handle.infoHash).catch((failure: unknown) => {
        if (!isCcbtError(failure)) throw failure
      })
      throw error
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }

  async #remove(infoHash: string): Promise<void> {
    await this.#parts.session.command({ type: 'remove', infoHash })
  }
}
