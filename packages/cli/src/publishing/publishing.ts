// A folder that is published: its first version, and one more for each change when changes are looked for.

import { basename, resolve } from 'node:path'
import { parseEndpoint } from '@ccbt/address'
import type { AddOptions, Channel, Session } from '@ccbt/core'
import { isCcbtError, toHex } from '@ccbt/primitives'
import { formatBytes, plural } from '../output/format.ts'
import { FolderWatch } from './folder-watch.ts'
import type { PublisherKey } from './key-store.ts'
import { formatFollowLink } from './link.ts'
import { Publisher } from './publisher.ts'
import type { Published } from './publisher.ts'
import { tellWarning } from './report.ts'
import type { Tell } from './report.ts'

/** What published and followed folders work with. */
export interface Workplace {
  readonly session: Session
  readonly stateFolder: string
  /** How torrents are downloaded and seeded, and who is asked for versions. */
  readonly transfer: AddOptions
  readonly tell: Tell
  /** Ends all work. */
  readonly signal: AbortSignal
}

/** What is published how. */
export interface PublishWish {
  readonly folder: string
  readonly key: PublisherKey
  /** Whether changes make new versions. */
  readonly watches: boolean
  readonly exclude: readonly string[]
}

/** Publishes one folder; disposing it leaves the torrent in the session. */
export class Publishing implements Disposable {
  /** To follow it by. */
  readonly link: string
  readonly #place: Workplace
  readonly #channel: Channel
  readonly #watch: FolderWatch | undefined
  readonly #publisher: Publisher

  private constructor({ folder, key, watches, exclude }: PublishWish, place: Workplace, channel: Channel) {
    const { session, stateFolder, transfer, tell, signal } = place
    const { publicKey, salt } = key
    this.link = formatFollowLink({ publicKey, salt, name: basename(resolve(folder)), peers: [] })
    this.#place = place
    this.#channel = channel
    // Before the first version is made: what changes meanwhile is in the next.
    this.#watch = watches ? new FolderWatch(folder, (error) => tellWarning(tell, String(error))) : undefined
    this.#publisher = new Publisher({ folder, exclude, stateFolder, session, channel, key, seeding: transfer, signal })
  }

  /** Begins to talk with followers. Rejects with CHANNEL_DUPLICATE, or the system's error when the folder cannot be watched. */
  static async open(wish: PublishWish, place: Workplace): Promise<Publishing> {
    const { session, transfer, tell, signal } = place
    const { publicKey, salt, newest } = wish.key
    using undone = new DisposableStack()
    const channel = undone.use(
      await session.channel({
        publicKey,
        salt,
        ...(newest === undefined ? {} : { item: newest }),
        peers: (transfer.peers ?? []).map(parseEndpoint),
        onItem: ({ seq }) => tellWarning(tell, `version ${seq} was published with this key elsewhere`),
      }),
    )
    // Nobody waits for the DHT at the end.
    signal.addEventListener('abort', () => channel[Symbol.dispose](), { once: true })
    const publishing = new Publishing(wish, place, channel)
    undone.move()
    return publishing
  }

  /** Publishes the folder as it is. Rejects like `folderVersion`. */
  async publish(): Promise<void> {
    this.#report(await this.#publisher.publish())
  }

  /** Serves it, and publishes changes if they are looked for, until the end. */
  async serve(): Promise<void> {
    const { signal } = this.#place
    if (this.#watch === undefined) await ended(signal)
    else while (!signal.aborted) await this.#publishNext(this.#watch)
  }

  /** Takes the torrent out of the session; after the end. */
  async forget(): Promise<void> {
    await this.#publisher.forget()
  }

  [Symbol.dispose](): void {
    this.#watch?.[Symbol.dispose]()
    this.#channel[Symbol.dispose]()
  }

  async #publishNext(watch: FolderWatch): Promise<void> {
    const { signal, tell } = this.#place
    await watch.settled(signal)
    if (signal.aborted) return
    try {
      const published = await this.#publisher.publish()
      if (published.kind === 'published') this.#report(published)
    } catch (error) {
      if (signal.aborted) return
      // Files that are being written, or a folder that is empty for a moment: the next version will be of it at rest.
      if (!isCcbtError(error) || error.blame === 'us') throw error
      tellWarning(tell, error.message)
      if (error.code === 'CLI_FILE_CHANGED') watch.touch()
    }
  }

  #report({ kind, item, metainfo, leftOut, stored }: Published): void {
    const { tell } = this.#place
    for (const what of leftOut) tellWarning(tell, `left out ${what}`)
    const files = metainfo.files.filter(({ isPad }) => !isPad)
    const bytes = files.reduce((sum, { length }) => sum + length, 0)
    const facts = { version: item.seq, infoHash: toHex(metainfo.infoHash), files: files.length, bytes }
    const size = `${formatBytes(bytes)} in ${plural(files.length, 'file')}`
    const state = kind === 'published' ? 'published' : 'as it was'
    const text = `version ${item.seq} ${state}: ${size}`
    tell({ event: kind, ...facts, dhtNodes: stored, link: this.link }, text, this.link)
  }
}

async function ended(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
