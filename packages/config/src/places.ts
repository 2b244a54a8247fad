// Where configuration lives, by the XDG base directory specification.

import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

/** Files and folders of a configuration. */
export interface ConfigPlaces {
  readonly system: string
  readonly user: string
  /** The user's file was named by the user: it must be there. */
  readonly isUserNamed: boolean
  /** Folder of the torrents' own files, `<infohash>.toml`. */
  readonly torrents: string
}

/**
 * The places for a user. `named` is a file that stands for the user's own; torrents' files are then beside it. A
 * relative XDG_CONFIG_HOME does not count, as the specification demands.
 */
export function configPlaces(env: Readonly<Record<string, string | undefined>>, named?: string): ConfigPlaces {
  const base = env['XDG_CONFIG_HOME']
  const folder = join(base?.startsWith('/') === true ? base : join(homedir(), '.config'), 'ccbt')
  const user = named === undefined ? join(folder, 'config.toml') : resolve(named)
  return {
    system: '/etc/ccbt/config.toml',
    user,
    isUserNamed: named !== undefined,
    torrents: join(dirname(user), 'torrents.d'),
  }
}

/** A torrent's own file in the folder of such files; `infoHash` is lowercase hex. */
export function torrentConfigFile(places: ConfigPlaces, infoHash: string): string {
  return join(places.torrents, `${infoHash}.toml`)
}

/** The file with the settings that were changed at run time. */
export function runTimeFile(stateFolder: string): string {
  return join(stateFolder, 'settings.toml')
}
