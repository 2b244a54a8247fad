// Where a torrent that is added goes: its labels and folders, as the request, the configuration and the preferences say.

import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { torrentFacts } from '@ccbt/metainfo'
import type { Magnet, Metainfo } from '@ccbt/metainfo'

import type { TorrentSettings } from '../state/torrent-record.ts'
import { NOT_CONFIGURED } from './configured.ts'
import type { ConfiguredTorrent, TorrentConfiguration } from './configured.ts'

/** Folders of torrents that name none. */
export interface AutomaticFolders {
  /** By the first label of a torrent. */
  readonly labelDirectories?: ReadonlyMap<string, string>
  /** Of torrents that are not complete; absent = they are where they belong. */
  readonly incompleteDirectory?: string
}

/** What placing works with. */
export interface PlacementParts {
  /** Absent = nothing is said of single torrents. */
  readonly configuration: TorrentConfiguration | undefined
  /** To begin with. */
  readonly folders: AutomaticFolders
  /** Folder of all others, as it is now. */
  readonly downloadDirectory: () => string
}

/** A torrent that needs a place. */
export interface Unplaced {
  readonly source: Metainfo | Magnet
  /** Of its file or folder. */
  readonly name: string
  /** What the request says. */
  readonly settings: Partial<TorrentSettings>
  /** Folder in the torrent's folder that its data goes into: one name. */
  readonly subfolder: string | undefined
  /** Its data is where it belongs, as another daemon left it. */
  readonly isSettled: boolean
}

/** A place. */
export type Place = Pick<TorrentSettings, 'labels' | 'directory' | 'incompleteDirectory'>

/** Finds places for torrents. */
export class Placement {
  readonly #parts: PlacementParts
  #folders: AutomaticFolders

  constructor(parts: PlacementParts) {
    this.#parts = parts
    this.#folders = parts.folders
  }

  /** Other folders for torrents that are added from now on. */
  follow(folders: AutomaticFolders): void {
    this.#folders = folders
  }

  /** A label that the configuration gives is one like any other from then on: rules may ask for it. */
  async of({ source, name, settings, subfolder, isSettled }: Unplaced): Promise<Place> {
    const place = await this.#folderOf(source, settings)
    const directory = subfolder === undefined ? place.directory : join(place.directory, subfolder)
    return {
      ...place,
      directory,
      ...(isSettled ? {} : { incompleteDirectory: this.#incompleteFor(join(directory, name), settings) }),
    }
  }

  async #folderOf(
    source: Metainfo | Magnet,
    { labels: given = [], directory, origin, trackers }: Partial<TorrentSettings>,
  ): Promise<Pick<TorrentSettings, 'labels' | 'directory'>> {
    const { configuration = (): ConfiguredTorrent => NOT_CONFIGURED } = this.#parts
    const facts = { ...torrentFacts(source, trackers), ...origin }
    const { label, directory: first } = await configuration(given.length === 0 ? facts : { ...facts, labels: given })
    if (given.length > 0 || label === undefined) {
      return { labels: given, directory: directory ?? first ?? this.#directoryFor(given) }
    }
    const labels = [label]
    const { directory: second } = await configuration({ ...facts, labels })
    return { labels, directory: directory ?? second ?? this.#directoryFor(labels) }
  }

  #directoryFor([label]: readonly string[]): string {
    return this.#folders.labelDirectories?.get(label ?? '') ?? this.#parts.downloadDirectory()
  }

  /** As the request says, else as all others. Data that is there already is taken where it is. */
  #incompleteFor(data: string, settings: Partial<TorrentSettings>): string | undefined {
    const { incompleteDirectory } = 'incompleteDirectory' in settings ? settings : this.#folders
    return existsSync(data) ? undefined : incompleteDirectory
  }
}
