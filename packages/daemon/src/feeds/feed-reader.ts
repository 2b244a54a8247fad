// Looks at a feed from time to time and adds what is wanted of it, each item once. What a feed says is not believed: an
// address of another kind than allowed is no address, sizes are those of the torrent itself where there is one, and one look
// adds a bounded number.

import { parseTorrent } from '@ccbt/metainfo'

import type { Report } from '../automation-note.ts'
import type { Engine } from '../engine/engine.ts'
import type { TorrentFetcher } from '../fetch/torrent-fetcher.ts'
import type { FeedTable } from '../state/feed-table.ts'
import type { StoredSource } from '../state/torrent-record.ts'
import { addUnattended } from '../unattended.ts'
import type { Destination } from '../unattended.ts'
import { episodeOf } from './episode.ts'
import { readFeed } from './feed-items.ts'
import type { FeedItem } from './feed-items.ts'

/** Torrents that are fetched at one look; the others follow at the next. */
const MAX_TAKEN = 20
/** Looks at which an item that cannot be had is tried. */
const MAX_TRIES = 5

/** A feed whose torrents are added. */
export interface FeedDefinition extends Destination {
  readonly url: string
  readonly intervalMs: number
  /** Tells by their titles which of them are wanted, in a bounded time. */
  readonly titles: {
    accepts(title: string): boolean
    /** It was given up: nothing is wanted any more. */
    readonly isTooSlow: boolean
  }
  readonly minBytes?: number
  readonly maxBytes?: number
  /** Of a series each episode only once. */
  readonly isOncePerEpisode: boolean
  /** Addresses of items may be http. */
  readonly allowsHttp: boolean
  /** The feed and its items may be on this machine and its networks. */
  readonly allowsLocal: boolean
}

/** What a {@link FeedReader} works with. */
export interface FeedReaderParts {
  readonly feed: FeedDefinition
  readonly engine: Pick<Engine, 'add' | 'preferences'>
  readonly table: FeedTable
  readonly fetchFile: TorrentFetcher
  readonly report: Report
  /** Time until the first look. */
  readonly delayMs: number
}

/** What became of an item; `later` = it is tried again. */
type Fate = 'added' | 'unwanted' | 'later'

/** Reads a feed until it is disposed. */
export class FeedReader implements AsyncDisposable {
  readonly #parts: FeedReaderParts
  readonly #stop = new AbortController()
  /** How often an item of the last look could not be had. */
  #tries = new Map<string, number>()
  #timer: NodeJS.Timeout
  #looking: Promise<void> = Promise.resolve()
  #problem = ''

  constructor(parts: FeedReaderParts) {
    this.#parts = parts
    this.#timer = this.#wait(parts.delayMs)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer)
    this.#stop.abort()
    await this.#looking
  }

  #wait(ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#looking = this.#look()
    }, ms)
  }

  async #look(): Promise<void> {
    const { feed } = this.#parts
    try {
      const items = readFeed(await this.#fetch(feed.url))
      if (items === undefined) this.#tell('it is no RSS or Atom feed')
      else {
        this.#tell('')
        await this.#takeAll(items)
      }
    } catch (error) {
      this.#tell(messageOf(error))
    }
    if (feed.titles.isTooSlow) this.#tell('a pattern takes too long for a title; nothing of it is added any more')
    else if (!this.#stop.signal.aborted) this.#timer = this.#wait(feed.intervalMs)
  }

  #fetch(url: string): Promise<Uint8Array> {
    const { allowsLocal } = this.#parts.feed
    return this.#parts.fetchFile(url, { cookies: '', allowsLocal, signal: this.#stop.signal })
  }

  /** The oldest, which feeds have last, goes first. */
  async #takeAll(items: readonly FeedItem[]): Promise<void> {
    const { feed, table } = this.#parts
    const tries = new Map<string, number>()
    let taken = 0
    for (const item of items.toReversed()) {
      if (this.#stop.signal.aborted || taken >= MAX_TAKEN) break
      if (!feed.titles.accepts(item.title) || this.#isKnown(item)) continue
      taken++
      const fate = await this.#take(item)
      const tried = (this.#tries.get(item.key) ?? 0) + 1
      if (fate === 'later' && tried < MAX_TRIES) tries.set(item.key, tried)
      else if (!this.#stop.signal.aborted) table.add(feed.url, item.key)
      const episode = feed.isOncePerEpisode && fate === 'added' ? episodeOf(item.title) : undefined
      if (episode !== undefined) table.add(feed.url, `episode:${episode}`)
    }
    this.#tries = tries
  }

  #isKnown({ key, title }: FeedItem): boolean {
    const { feed, table } = this.#parts
    if (table.has(feed.url, key)) return true
    const episode = feed.isOncePerEpisode ? episodeOf(title) : undefined
    return episode !== undefined && table.has(feed.url, `episode:${episode}`)
  }

  async #take(item: FeedItem): Promise<Fate> {
    const { feed } = this.#parts
    try {
      const address = item.addresses.find((one) => this.#isAllowed(one))
      if (address === undefined) {
        this.#note('warning', `nothing to fetch for ${item.title}: its addresses are of a kind that is not allowed`)
        return 'unwanted'
      }
      if (item.length !== undefined && !this.#fits(item.length)) return 'unwanted'
      const source = await this.#sourceOf(address)
      const length = source.kind === 'torrent-file' ? parseTorrent(source.bytes).totalLength : item.length
      if (length === undefined ? feed.minBytes !== undefined || feed.maxBytes !== undefined : !this.#fits(length)) {
        return 'unwanted'
      }
      return await this.#add(source)
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#note('warning', `cannot add ${item.title}: ${messageOf(error)}`)
      return 'later'
    }
  }

  #isAllowed(address: string): boolean {
    const protocol = URL.parse(address)?.protocol
    return protocol === 'https:' || protocol === 'magnet:' || (protocol === 'http:' && this.#parts.feed.allowsHttp)
  }

  #fits(length: number): boolean {
    const { minBytes = 0, maxBytes = Number.POSITIVE_INFINITY } = this.#parts.feed
    return length >= minBytes && length <= maxBytes
  }

  async #sourceOf(address: string): Promise<StoredSource> {
    if (/^magnet:/i.test(address)) return { kind: 'magnet', link: address }
    return { kind: 'torrent-file', bytes: await this.#fetch(address) }
  }

  async #add(source: StoredSource): Promise<Fate> {
    const { feed, engine } = this.#parts
    const { kind, torrent } = await addUnattended(engine, source, feed)
    if (kind === 'added') this.#note('info', `added ${torrent.name}`)
    return 'added'
  }

  /** Once, until something else is the case. */
  #tell(problem: string): void {
    if (problem !== '' && problem !== this.#problem && !this.#stop.signal.aborted) this.#note('warning', problem)
    this.#problem = problem
  }

  /** The rest of the address may hold a secret. */
  #note(level: 'info' | 'warning', text: string): void {
    const { url } = this.#parts.feed
    this.#parts.report({ level, area: 'daemon', text: `feed of ${URL.parse(url)?.host ?? ''}: ${text}` })
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
