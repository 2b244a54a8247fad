// The configuration as a command sees it: the user's files, the environment and the command's flags together.

import { bindOf, configPlaces, loadConfig, proxyOf } from '@ccbt/config'
import type { Config, ConfigRequest, Settings, TorrentConfig } from '@ccbt/config'
import { displayText, torrentFacts } from '@ccbt/metainfo'
import type { Magnet, Metainfo, TorrentFacts } from '@ccbt/metainfo'
import type { ConfigFlags } from '../definitions/config-options.ts'
import { flagLayer } from './flag-settings.ts'
import type { SettingFlags } from './flag-settings.ts'
import type { Reporter } from '../output/reporter.ts'
import type { SourceOptions } from '../sources/torrent-source.ts'
import { defaultStateFolder } from './state-folder.ts'

/** What the configuration of a run of the command is made of. */
export function configRequest(flags: ConfigFlags & SettingFlags): ConfigRequest {
  return {
    places: configPlaces(process.env, flags.config),
    ...(flags.profile === undefined ? {} : { profile: flags.profile }),
    environment: process.env,
    sets: flags.set ?? [],
    flags: flagLayer(flags),
    folder: process.cwd(),
    stateFolder: defaultStateFolder(process.env),
  }
}

/** @throws CcbtError CONFIG_INVALID */
export async function loadConfiguration(flags: ConfigFlags & SettingFlags): Promise<Config> {
  return await loadConfig(configRequest(flags))
}

/** How torrents are fetched from the web. @throws ADDRESS_INTERFACE_MISSING */
export function webNetwork(settings: Settings): Pick<SourceOptions, 'bind' | 'proxy'> {
  const proxy = proxyOf(settings)
  return { bind: bindOf(settings), ...(proxy?.for?.includes('web') === true ? { proxy } : {}) }
}

/** A torrent's configuration, and how to get it once more when its files have changed. */
export interface TransferConfig {
  readonly stateFolder: string
  readonly now: TorrentConfig
  /** @throws CcbtError CONFIG_INVALID */
  reload(): Promise<TorrentConfig>
}

/** A torrent that a command is about. */
export interface NamedTorrent {
  readonly torrent: Metainfo | Magnet
  /** What the user called it. */
  readonly source: string
  readonly flags: ConfigFlags & SettingFlags
  readonly reporter: Pick<Reporter, 'warning'>
}

/**
 * What of `config`, which was made of the torrent's flags, applies to it. What is odd about either is reported.
 * @throws CcbtError CONFIG_INVALID for a file of the torrent
 */
export async function transferConfig(
  config: Config,
  { torrent, source, flags, reporter }: NamedTorrent,
): Promise<TransferConfig> {
  const facts = namedFacts(torrent, source)
  const now = await config.forTorrent(facts)
  const odd = 'infoBytes' in torrent ? torrent.warnings : []
  for (const warning of [...odd, ...now.warnings]) reporter.warning(displayText(warning))
  const reload = async (): Promise<TorrentConfig> => (await loadConfiguration(flags)).forTorrent(facts)
  return { stateFolder: config.stateFolder, now, reload }
}

/** What rules and torrents' own files go by; `source` is what the user called the torrent. */
export function namedFacts(torrent: Metainfo | Magnet, source: string): TorrentFacts {
  const isFile = 'infoBytes' in torrent && !/^https?:\/\//i.test(source)
  return { ...torrentFacts(torrent), ...(isFile ? { file: source } : {}) }
}
