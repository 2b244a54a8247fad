// Methods about the session and the machine: statistics, free space, and what ccbt has not got.

import { statfs } from 'node:fs/promises'
import { dirname, isAbsolute } from 'node:path'

import { errnoOf, invalidRequest } from '../errors.ts'
import { required, textOf, textsOf } from '../http/arguments.ts'
import type { Arguments } from '../http/arguments.ts'
import type { Call } from './method.ts'
import { sessionFields } from './session-fields.ts'

/** `session-get`: all keys, or those in `fields`. */
export async function sessionGet({ engine, sessionId }: Call, args: Arguments): Promise<Arguments> {
  const { free } = await spaceOf(engine.downloadDirectory).catch(() => ({ free: -1 })) // told when it is written to
  const all = sessionFields({ engine, sessionId, freeBytes: free })
  const names = textsOf(args, 'fields')
  return names === undefined ? all : Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)))
}

/** `session-stats`. */
export function sessionStats({ engine }: Call): Arguments {
  const { downloadBps, uploadBps } = engine.rates()
  const torrents = engine.torrents()
  const paused = torrents.filter(({ settings }) => settings.isPaused).length
  const { current, total } = engine.totals()
  return {
    activeTorrentCount: torrents.length - paused,
    pausedTorrentCount: paused,
    torrentCount: torrents.length,
    downloadSpeed: Math.round(downloadBps),
    uploadSpeed: Math.round(uploadBps),
    'cumulative-stats': total,
    'current-stats': current,
  }
}

/** `free-space` of a folder that torrents may be written to. @throws DAEMON_REQUEST_INVALID, DAEMON_FOLDER_REFUSED */
export async function freeSpace({ engine, isOwner }: Call, args: Arguments): Promise<Arguments> {
  const path = required(textOf(args, 'path'), 'path')
  if (!isAbsolute(path)) throw invalidRequest('path must be absolute')
  if (!isOwner) await engine.checkFolder(path)
  const { free, total } = await spaceOf(path)
  return { path, 'size-bytes': free, total_size: total }
}

/** Of a path that does not exist: that of the folder where it would be made. */
async function spaceOf(path: string): Promise<{ free: number; total: number }> {
  try {
    const { bavail, blocks, bsize } = await statfs(path)
    return { free: bavail * bsize, total: blocks * bsize }
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === 'ENOENT' && dirname(path) !== path) return spaceOf(dirname(path))
    throw invalidRequest(`cannot look at ${path}: ${errno ?? 'unknown error'}`)
  }
}

/** `port-test`: nobody outside is asked. @throws DAEMON_REQUEST_INVALID */
export function portTest(): Arguments {
  throw invalidRequest('the port cannot be tested: that takes a server outside, and ccbt asks none')
}

/** `blocklist-update`. @throws DAEMON_REQUEST_INVALID */
export function blocklistUpdate(): Arguments {
  throw invalidRequest('there is no blocklist to download: IP filters are files, and read again when they change')
}

/** `group-get`: there are none. */
export function groupGet(): Arguments {
  return { group: [] }
}

/** `group-set`. @throws DAEMON_REQUEST_INVALID */
export function groupSet(): Arguments {
  throw invalidRequest('there are no bandwidth groups')
}

/** `session-close`. @throws DAEMON_REQUEST_INVALID */
export async function sessionClose({ stop }: Call): Promise<Arguments> {
  await stop()
  return {}
}
