// What a person and the link want of a torrent whose metadata is not known yet. It can be changed until the torrent is made.

import { formatEndpoint, parseEndpoint } from '@ccbt/address'
import type { Endpoint } from '@ccbt/address'
import type { Magnet, Metainfo } from '@ccbt/metainfo'

import type { AddOptions } from '../options.ts'
import { moreNamedPeers } from '../peer/named-peers.ts'
import type { ContentCommand } from '../session/types.ts'
import type { SeedingGoals } from '../torrent/seeding-goal.ts'
import { selectedFiles } from './magnet-facts.ts'

/** A change that needs no metadata, other than of peers. */
type WishCommand = Exclude<ContentCommand, { readonly type: 'priorities' | 'rename' | 'peers' }>

/** The options of a torrent to be. */
export class Wishes {
  readonly #magnet: Magnet
  #options: AddOptions
  #peers: readonly Endpoint[]

  /** @throws ADDRESS_ENDPOINT_INVALID */
  constructor(magnet: Magnet, options: AddOptions) {
    this.#magnet = magnet
    this.#options = options
    this.#peers = [...(options.peers ?? []).map(parseEndpoint), ...magnet.peers]
  }

  get options(): AddOptions {
    return this.#options
  }

  /** Who is connected to from the start. */
  get peers(): readonly Endpoint[] {
    return this.#peers
  }

  get trackers(): readonly (readonly string[])[] {
    const { trackers, trackerTiers } = this.#options
    return trackers === false ? [] : (trackerTiers ?? this.#magnet.trackers.map((url) => [url]))
  }

  /** It is not to begin paused any more. */
  resume(): void {
    this.#options = { ...this.#options, paused: false }
  }

  addPeers(peers: readonly Endpoint[]): void {
    this.#peers = moreNamedPeers(this.#peers, peers)
  }

  change(command: WishCommand): void {
    this.#options = { ...this.#options, ...optionsAfter(command) }
  }

  /** Replaces all goals. */
  setGoals(goals: SeedingGoals): void {
    const { seedRatio: _ratio, seedTimeMs: _time, seedIdleMs: _idle, seedGoalAction: _action, ...rest } = this.#options
    this.#options = { ...rest, ...goals }
  }

  /** The options of the torrent, now that its files are known. @throws TORRENT_NOTHING_SELECTED */
  optionsFor({ files }: Metainfo): AddOptions {
    const { select, chooseFiles, ...options } = this.#options
    const chosen = select ?? chooseFiles?.(files) ?? selectedFiles(this.#magnet, files, options)
    const peers = this.#peers.map(formatEndpoint)
    return { ...options, peers, ...(chosen === undefined ? {} : { select: chosen }) }
  }
}

function optionsAfter(command: WishCommand): Partial<AddOptions> {
  switch (command.type) {
    case 'strategy':
      return { strategy: command.strategy }
    case 'first-last':
      return { firstLastFirst: command.isOn }
    case 'super-seed':
      return { superSeed: command.isOn }
    case 'move':
      return { directory: command.directory }
    case 'trackers':
      return { trackerTiers: command.tiers }
  }
}
