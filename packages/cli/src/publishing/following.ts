// A folder that is kept current: what others show of its key, taken one version after the other.

import { parseEndpoint } from '@ccbt/address'
import type { Channel } from '@ccbt/core'
import type { MutableItem } from '@ccbt/discovery'
import { isCcbtError, toHex } from '@ccbt/primitives'
import { formatBytes, plural } from '../output/format.ts'
import type { FollowedFolder } from './followed-folder.ts'
import { Follower } from './follower.ts'
import type { Applied } from './follower.ts'
import { Inbox } from './inbox.ts'
import type { FollowLink } from './link.ts'
import type { Workplace } from './publishing.ts'
import { tellWarning } from './report.ts'
import type { Tell } from './report.ts'

/** How long {@link Following.updateOnce} waits for somebody to show a newer version: more than a lookup in the DHT takes. */
const ONCE_WAIT_MS = 30_000
const DEFAULT_KEEP = 2
const DEFAULT_MAX_REMOVED = 100

/** What is followed how. */
export interface FollowWish {
  readonly link: FollowLink
  readonly folder: FollowedFolder
  /** Old versions that are kept. Default 2. */
  readonly keep?: number | undefined
  /** A version that removes more files than this is held. Default 100. */
  readonly maxRemoved?: number | undefined
  /** The version that is taken whatever it removes. */
  readonly accept?: number | undefined
  /** It is for one look: also somebody with what is known already is an answer. */
  readonly isOnce?: boolean
}

/** Keeps one folder current; disposing it leaves the torrent in the session. */
export class Following implements Disposable {
  readonly #folder: FollowedFolder
  readonly #place: Workplace
  readonly #follower: Follower
  readonly #inbox: Inbox
  readonly #known: MutableItem | undefined
  #channel: Channel | undefined

  private constructor({ link, folder, ...wish }: FollowWish, place: Workplace, known: MutableItem | undefined) {
    const { session, transfer, signal } = place
    this.#folder = folder
    this.#place = place
    this.#known = known
    this.#inbox = new Inbox(signal)
    this.#follower = new Follower({
      folder,
      session,
      transfer: { ...transfer, peers: peersOf(link, place) },
      keep: wish.keep ?? DEFAULT_KEEP,
      maxRemoved: wish.maxRemoved ?? DEFAULT_MAX_REMOVED,
      accepted: wish.accept,
    })
  }

  /** Seeds the version that is here, and begins to listen. Rejects with CHANNEL_DUPLICATE, CLI_PUBLISH_STATE, and as torrents do. */
  static async open(wish: FollowWish, place: Workplace): Promise<Following> {
    const { link, folder, isOnce = false } = wish
    const { newest } = await folder.state()
    const following = new Following(wish, place, newest)
    await using undone = new AsyncDisposableStack()
    undone.defer(() => following.forget())
    await following.#follower.seedCurrent()
    following.#channel = await place.session.channel({
      publicKey: link.publicKey,
      salt: link.salt,
      ...(newest === undefined || isOnce ? {} : { item: newest }),
      peers: peersOf(link, place).map(parseEndpoint),
      onItem: (item) => following.#inbox.put(item),
    })
    undone.move()
    return following
  }

  /** Takes each new version, until the end. What fails is told, and tried again with the next version or the next start. */
  async follow(): Promise<void> {
    if (this.#known !== undefined) await this.#update(this.#known)
    for (let item = await this.#inbox.next(); item !== undefined; item = await this.#inbox.next()) {
      await this.#update(item)
    }
  }

  /** Whether the newest version that anybody shows is the current one. */
  async updateOnce(): Promise<boolean> {
    const { tell, signal } = this.#place
    const shown = await this.#inbox.next(ONCE_WAIT_MS)
    const known = this.#known
    const item = known !== undefined && known.seq >= (shown?.seq ?? 0) ? known : shown
    if (signal.aborted) return false
    if (item === undefined) {
      tellWarning(tell, 'nobody has shown a version')
      return false
    }
    await this.#folder.heard(item)
    const applied = await this.#follower.apply(item, this.#inbox.superseded)
    report(tell, item, applied)
    return applied.kind === 'current' || applied.kind === 'not-wanted'
  }

  /** Takes the torrent out of the session; after the end. */
  async forget(): Promise<void> {
    await this.#follower.forget()
  }

  [Symbol.dispose](): void {
    this.#channel?.[Symbol.dispose]()
  }

  async #update(item: MutableItem): Promise<void> {
    const { tell } = this.#place
    const signal = this.#inbox.superseded
    try {
      await this.#folder.heard(item)
      report(tell, item, await this.#follower.apply(item, signal))
    } catch (error) {
      if (signal.aborted) return
      if (!isCcbtError(error) || error.blame === 'us') throw error
      tellWarning(tell, `version ${item.seq}: ${error.message}`)
    }
  }
}

function peersOf({ peers }: FollowLink, { transfer }: Workplace): readonly string[] {
  return [...(transfer.peers ?? []), ...peers]
}

function report(tell: Tell, { seq: version }: MutableItem, applied: Applied): void {
  switch (applied.kind) {
    case 'current': {
      const { metainfo, reused, downloaded } = applied
      const facts = { version, infoHash: toHex(metainfo.infoHash), name: metainfo.name, reused, downloaded }
      const text = `version ${version}: ${formatBytes(downloaded)} downloaded, ${formatBytes(reused)} copied`
      return tell({ event: 'updated', ...facts }, text)
    }
    case 'held': {
      const { removed } = applied
      const text = `version ${version} removes ${plural(removed, 'file')}: run again with --accept ${version} to take it`
      return tell({ event: 'held', version, removed }, text)
    }
    case 'no-room': {
      const { bytes, free } = applied
      const text = `version ${version} has ${formatBytes(bytes)} that are not here, and ${formatBytes(free)} are free: run again with --accept ${version} to take it`
      return tell({ event: 'held', version, bytes, free }, text)
    }
    case 'no-torrent':
      return tellWarning(tell, `version ${version} names no torrent`)
    case 'not-wanted':
      return tell({ event: 'unchanged', version }, `version ${version} is not taken: it is here, or was rolled back`)
  }
}
