// What a program of the user is told of a torrent: variables of its environment, never arguments or a command line, so that
// no name of a stranger is read by a shell. The names beginning with TR_ are those that scripts for Transmission know.

import type { EngineTorrent } from '../engine/engine-torrent.ts'

/** A variable that is longer is cut: the system takes 128 KiB. */
const MAX_LENGTH = 4096
/** Secrets of the daemon, and what systemd tells it alone. */
const OWN = /^(?:CCBT_|NODE_|NOTIFY_SOCKET|WATCHDOG_|LISTEN_|CREDENTIALS_DIRECTORY)/

/** The environment of a program that is about `torrent`, with what of `environment` is nobody's secret. */
export function torrentVariables(
  torrent: EngineTorrent,
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const { id, infoHash, contentName: name, settings, dataDirectory, totalLength, history } = torrent
  const labels = settings.labels.join(',')
  const variables: Record<string, string> = {
    CCBT_TORRENT_ID: String(id),
    CCBT_TORRENT_HASH: infoHash,
    CCBT_TORRENT_NAME: name,
    CCBT_TORRENT_DIRECTORY: dataDirectory,
    CCBT_TORRENT_LABELS: labels,
    CCBT_TORRENT_SIZE: String(totalLength),
    CCBT_TORRENT_COMPLETED_AT: new Date(history.completedAtMs).toISOString(),
    TR_TORRENT_ID: String(id),
    TR_TORRENT_HASH: infoHash,
    TR_TORRENT_NAME: name,
    TR_TORRENT_DIR: dataDirectory,
    TR_TORRENT_LABELS: labels,
  }
  const passed = Object.entries(environment).filter(([key]) => !OWN.test(key))
  return Object.fromEntries([
    ...passed.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const])),
    ...Object.entries(variables).map(([key, value]) => [key, value.replaceAll('\0', '').slice(0, MAX_LENGTH)] as const),
  ])
}
