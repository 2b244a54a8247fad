// Gets a torrent from where the user said: a file, a web address or a magnet link.

import { open } from 'node:fs/promises'
import type { BindAddresses } from '@ccbt/address'
import { parseMagnet, parseTorrent } from '@ccbt/metainfo'
import type { Magnet, Metainfo } from '@ccbt/metainfo'
import { CcbtError, isCcbtError } from '@ccbt/primitives'
import type { ProxySettings } from '@ccbt/proxy'
import { errnoOf, inputError } from '../errors.ts'

/** Hybrid torrents of 2^21 pieces, the most there may be, have 104 MiB of hashes. */
const MAX_FILE_BYTES = 128 * 1024 * 1024

/** What the user named, as it is. */
export interface TorrentInput {
  readonly torrent: Metainfo | Magnet
  /** The file's bytes, or the link. */
  readonly source: Uint8Array | string
}

/** How a torrent is fetched when it is a web address. */
export interface SourceOptions {
  readonly signal: AbortSignal
  /** Local address of the connection, or one for each family. */
  readonly bind?: string | BindAddresses | undefined
  /** The way of the connection, which resolves names; absent = straight. */
  readonly proxy?: ProxySettings | undefined
}

/**
 * Reads and parses a torrent.
 * @throws CcbtError CLI_FILE_*, CLI_FETCH_*, CLI_MAGNET_UNSUPPORTED, METAINFO_*, BENCODE_*
 */
export async function loadTorrent(source: string, options: SourceOptions): Promise<Metainfo> {
  if (isMagnet(source)) {
    const message = 'this needs a torrent file: ccbt add --metadata-only makes one of a magnet link'
    throw inputError('CLI_MAGNET_UNSUPPORTED', message, {})
  }
  return (await loadFile(source, options)).torrent
}

async function loadFile(
  source: string,
  options: SourceOptions,
): Promise<TorrentInput & { readonly torrent: Metainfo }> {
  const isWeb = /^https?:\/\//i.test(source)
  const bytes = isWeb ? await fetchFile(source, options) : await readTorrentFile(source)
  // The rest of an address may hold a secret.
  return { torrent: parseTorrentFile(bytes, isWeb ? new URL(source).host : source), source: bytes }
}

async function fetchFile(source: string, options: SourceOptions): Promise<Uint8Array> {
  const { fetchTorrent } = await import('./fetch-torrent.ts')
  return await fetchTorrent(source, options)
}

/**
 * The same for a torrent to be downloaded, which may be a magnet link.
 * @throws CcbtError METAINFO_MAGNET_INVALID as well
 */
export async function loadSource(source: string, options: SourceOptions): Promise<Metainfo | Magnet> {
  return (await loadInput(source, options)).torrent
}

/** {@link loadSource} with what was read. */
export async function loadInput(source: string, options: SourceOptions): Promise<TorrentInput> {
  return isMagnet(source) ? { torrent: parseMagnet(source), source: source.trim() } : await loadFile(source, options)
}

function isMagnet(source: string): boolean {
  return /^\s*magnet:/i.test(source)
}

/** Parses, and names the source in what goes wrong. Throws METAINFO_* and BENCODE_*. */
export function parseTorrentFile(bytes: Uint8Array, name: string): Metainfo {
  try {
    return parseTorrent(bytes)
  } catch (cause) {
    if (!isCcbtError(cause)) throw cause
    const { code, blame, context } = cause
    throw new CcbtError(code, `${name}: ${cause.message}`, { blame, context, cause })
  }
}

/** The bytes of the torrent file at `path`. */
export async function readTorrentFile(path: string): Promise<Uint8Array> {
  try {
    await using file = await open(path, 'r')
    const stat = await file.stat()
    if (!stat.isFile()) throw inputError('CLI_FILE_UNREADABLE', `${path} is not a file`, { path })
    if (stat.size > MAX_FILE_BYTES) {
      throw inputError('CLI_FILE_TOO_BIG', `${path} is too big to be a torrent file`, {
        path,
        limitBytes: MAX_FILE_BYTES,
      })
    }
    return await file.readFile()
  } catch (error) {
    throw readFailure(error, path)
  }
}

function readFailure(error: unknown, path: string): unknown {
  const errno = errnoOf(error)
  if (errno === 'ENOENT' || errno === 'ENOTDIR') {
    return inputError('CLI_FILE_NOT_FOUND', `${path}: no such file`, { path })
  }
  if (errno === 'EACCES' || errno === 'EPERM') {
    return inputError('CLI_FILE_UNREADABLE', `${path}: permission denied`, { path })
  }
  return error
}
