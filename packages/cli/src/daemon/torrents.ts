// What the configuration says of a daemon's torrents: rules, files of their own, and the files beside torrent files that
// came from watched folders. Of a torrent nothing is kept but what is in its own files.

import { setImmediate } from 'node:timers/promises'
import {
  changes,
  SCHEMA,
  SETTING_KEYS,
  torrentOptions,
  TorrentFolder,
  TorrentSideFiles,
  withoutPaths,
} from '@ccbt/config'
import type { Change, Config, FolderChange, Layer, SettingKey, Settings, SideFile, TorrentConfig } from '@ccbt/config'
import type { ConfigurableTorrent, ConfiguredTorrent } from '@ccbt/daemon'
import type { TorrentFacts } from '@ccbt/metainfo'
import type { ReloadOutcome } from '@ccbt/rpc-client'
import { errnoOf } from '../errors.ts'

/** The difference that a change of the configuration makes for torrents. */
export type TorrentReload = Required<Pick<ReloadOutcome, 'torrents' | 'problems'>>

const TORRENT_KEYS = SETTING_KEYS.filter((key) => SCHEMA[key].scope === 'torrent')

/** Torrents that are looked at before others get their turn. */
const AT_ONCE = 50

/** Says what the configuration says of each torrent, and lets torrents follow. */
export class DaemonTorrents {
  readonly #path: string
  readonly #folder: TorrentFolder
  readonly #sideFiles = new TorrentSideFiles()
  /** What cannot be used, by file, as it was told last. */
  readonly #problems = new Map<string, string>()
  #folderProblems: readonly string[] = []
  readonly #tell: (problems: readonly string[]) => void
  #config: Config
  /** The change that is being made; those after it wait. */
  #working: Promise<unknown> = Promise.resolve()

  /** `folder` has the torrents' own files. `tell` hears what cannot be used of files that are read for the first time. */
  constructor(config: Config, folder: string, tell: (problems: readonly string[]) => void) {
    this.#config = config
    this.#tell = tell
    this.#path = folder
    this.#folder = new TorrentFolder(folder)
  }

  /** Reads the torrents' own files. */
  async open(): Promise<void> {
    const { problems } = await this.#look()
    this.#folderProblems = problems
    if (problems.length > 0) this.#tell(problems)
  }

  /** What the configuration says of a torrent. */
  async configured(facts: TorrentFacts): Promise<ConfiguredTorrent> {
    return configuredTorrent(await this.explain(facts))
  }

  /** The same as settings, with where they come from. */
  async explain(facts: TorrentFacts): Promise<TorrentConfig> {
    return this.#config.withOwn(facts, await this.#ownLayers(facts))
  }

  /** Rules or settings of all may be others. */
  async adopt(config: Config, torrents: readonly ConfigurableTorrent[]): Promise<TorrentReload> {
    return await this.#inTurn(async () => {
      const old = this.#config
      this.#config = config
      const tally = new Tally()
      if (old.isSameForTorrents(config)) return tally.result()
      for (const [index, torrent] of torrents.entries()) {
        if (index % AT_ONCE === 0) await setImmediate()
        const facts = torrent.facts()
        const own = await this.#ownLayers(facts)
        await tally.follow(torrent, old.withOwn(facts, own), config.withOwn(facts, own))
      }
      return tally.result()
    })
  }

  /** Files of torrents may be others; `names` are those of the files that were noticed, absent = any. */
  async refresh(torrents: readonly ConfigurableTorrent[], names?: ReadonlySet<string>): Promise<TorrentReload> {
    return await this.#inTurn(async () => {
      const tally = new Tally()
      const { before, problems } = await this.#look()
      if (problems.join('\n') !== this.#folderProblems.join('\n')) tally.problems.push(...problems)
      this.#folderProblems = problems
      const hasSideFiles = names === undefined || Array.from(names).some((name) => name.endsWith('.torrent.toml'))
      for (const torrent of torrents) {
        const changed = before.get(torrent.infoHash)
        if (changed === undefined && !hasSideFiles) continue
        const facts = torrent.facts()
        const beside = await this.#lookBeside(facts, tally)
        const own = this.#folder.layers(torrent.infoHash)
        const was = [...(changed ?? own), ...beside.before]
        const now = [...own, ...beside.layers]
        await tally.follow(torrent, this.#config.withOwn(facts, was), this.#config.withOwn(facts, now))
      }
      return tally.result()
    })
  }

  /** A folder that cannot be read keeps what it said before. */
  async #look(): Promise<FolderChange> {
    try {
      return await this.#folder.refresh()
    } catch (error) {
      const errno = errnoOf(error)
      if (errno === undefined) throw error
      return { infoHashes: [], before: new Map(), problems: [`${this.#path} cannot be read: ${errno}`] }
    }
  }

  /** What a torrent's own files said when they were looked at last; the later one counts more. */
  async #ownLayers({ infoHash, file }: TorrentFacts): Promise<readonly Layer[]> {
    const own = this.#folder.layers(infoHash)
    if (file === undefined) return own
    const path = `${file}.toml`
    let layers = this.#sideFiles.layers(path)
    if (layers === undefined) {
      const found = await this.#sideFiles.look(path)
      layers = found.layers
      const news = this.#news(path, found.problems)
      if (news.length > 0) this.#tell(news)
    }
    return [...own, ...layers.map(withoutPaths)]
  }

  /** Looks at the file beside the torrent file. */
  async #lookBeside({ file }: TorrentFacts, tally: Tally): Promise<Pick<SideFile, 'before' | 'layers'>> {
    if (file === undefined) return { before: [], layers: [] }
    const path = `${file}.toml`
    const { layers, before, problems } = await this.#sideFiles.look(path)
    tally.problems.push(...this.#news(path, problems))
    return { before: before.map(withoutPaths), layers: layers.map(withoutPaths) }
  }

  /** What is wrong with a file, once. */
  #news(path: string, problems: readonly string[]): readonly string[] {
    const text = problems.join('\n')
    const isKnown = text === (this.#problems.get(path) ?? '')
    if (text === '') this.#problems.delete(path)
    else this.#problems.set(path, text)
    return isKnown ? [] : problems
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#working.then(work)
    // Who asked for the one before hears of its failure.
    this.#working = done.catch(() => {})
    return await done
  }
}

/** Adds up what is different for torrents while they follow. */
class Tally {
  readonly problems: string[] = []
  readonly #counts = new Map<SettingKey, number>()

  async follow(torrent: ConfigurableTorrent, before: TorrentConfig, now: TorrentConfig): Promise<void> {
    for (const warning of now.warnings) if (!this.problems.includes(warning)) this.problems.push(warning)
    const found: readonly Change[] = changes(before.settings, now.settings, TORRENT_KEYS)
    if (found.length === 0) return
    for (const { key } of found) this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
    try {
      await torrent.follow(configuredTorrent(before), configuredTorrent(now))
    } catch (error) {
      this.problems.push(`${torrent.name} does not follow: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  result(): TorrentReload {
    const torrents = Array.from(this.#counts, ([key, count]) => ({ key, count, apply: SCHEMA[key].apply }))
    return { torrents, problems: this.problems }
  }
}

/** A daemon has folders, connections and goals of all torrents as preferences, which may be changed at run time. */
function configuredTorrent({ settings }: TorrentConfig): ConfiguredTorrent {
  const {
    directory,
    label,
    maxPeers,
    seedRatio,
    seedIdleMs,
    stopWhenComplete: _,
    ...options
  } = torrentOptions(settings)
  return {
    options: {
      ...options,
      stopWhenComplete: settings.get('seeding.enabled') === false,
      ...(isOwn(settings, 'peers.max') && maxPeers !== undefined ? { maxPeers } : {}),
      ...(isOwn(settings, 'seeding.ratio') && seedRatio !== undefined ? { seedRatio } : {}),
      ...(isOwn(settings, 'seeding.idle') && seedIdleMs !== undefined ? { seedIdleMs } : {}),
    },
    general: {
      ...(seedRatio === undefined ? {} : { seedRatio }),
      ...(seedIdleMs === undefined ? {} : { seedIdleMs }),
    },
    ...(isOwn(settings, 'paths.download') ? { directory } : {}),
    ...(label === undefined ? {} : { label }),
  }
}

/** Whether it is meant for the torrent and not for all. */
function isOwn(settings: Settings, key: SettingKey): boolean {
  const { kind } = settings.origin(key)
  return kind === 'rule' || kind === 'torrent'
}
