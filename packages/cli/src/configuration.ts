// The configuration as a command sees it: the user's files, the environment and the command's flags together.

import { bindOf, configPlaces, loadConfig, proxyOf } from '@ccbt/config'
import type { Config, ConfigRequest, Settings, TorrentConfig, TorrentFacts } from '@ccbt/config'
import type { Magnet, Metainfo } from '@ccbt/metainfo'
import { toHex } from '@ccbt/primitives'
import type { ConfigFlags } from './config-options.ts'
import { flagLayer } from './flag-settings.ts'
import type { SettingFlags } from './flag-settings.ts'
import type { SourceOptions } from './torrent-source.ts'
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

/**
 * What of `config`, which was made of `flags`, applies to a torrent.
 * @throws CcbtError CONFIG_INVALID for a file of the torrent
 */
export async function transferConfig(
  config: Config,
  flags: ConfigFlags & SettingFlags,
  facts: TorrentFacts,
): Promise<TransferConfig> {
  const reload = async (): Promise<TorrentConfig> => (await loadConfiguration(flags)).forTorrent(facts)
  return { stateFolder: config.stateFolder, now: await config.forTorrent(facts), reload }
}

/** What rules and torrents' own files go by; `source` is what the user called the torrent. */
export function torrentFacts(torrent: Metainfo | Magnet, source: string): TorrentFacts {
  const isFile = 'infoBytes' in torrent && !/^https?:\/\//i.test(source)
  return {
    ...('infoBytes' in torrent ? fileFacts(torrent) : magnetFacts(torrent)),
    ...(isFile ? { file: source } : {}),
  }
}

function fileFacts(torrent: Metainfo): TorrentFacts {
  return {
    infoHash: toHex(torrent.infoHash),
    name: torrent.name,
    size: torrent.totalLength,
    isPrivate: torrent.isPrivate,
    trackerHosts: hosts(torrent.trackers.flat()),
  }
}

function magnetFacts(magnet: Magnet): TorrentFacts {
  const infoHash = magnet.infoHashV1 ?? magnet.infoHashV2
  return {
    infoHash: infoHash === undefined ? '' : toHex(infoHash),
    ...(magnet.name === undefined ? {} : { name: magnet.name }),
    trackerHosts: hosts(magnet.trackers),
  }
}

function hosts(urls: readonly string[]): string[] {
  return urls.filter((url) => URL.canParse(url)).map((url) => new URL(url).hostname)
}
