// Which of the daemon's torrents a user means: by number, the beginning of the info-hash, name or pattern.

import { posix } from 'node:path'
import type { TorrentRow } from '@ccbt/rpc-client'
import { inputError } from '../errors.ts'

/** Shorter ones could be part of a name. */
const HASH_START = /^[\da-f]{6,40}$/i
const MAX_NAMED = 5

/**
 * The torrents that `words` name, each once, in the order of the words; `all` names all of them.
 * @throws CLI_TORRENT_UNKNOWN when a word names none, CLI_TORRENT_AMBIGUOUS when one that is no pattern names several
 * @example findTorrents(['3', 'c0ffee', 'debian*'], rows)
 */
export function findTorrents(words: readonly string[], rows: readonly TorrentRow[]): TorrentRow[] {
  return [...new Set(words.flatMap((word) => named(word, rows)))]
}

/** The one torrent that `word` names. @throws as {@link findTorrents} does */
export function findTorrent(word: string, rows: readonly TorrentRow[]): TorrentRow {
  const [row, ...others] = named(word, rows)
  if (row === undefined) throw unknown(word)
  if (others.length > 0) throw ambiguous(word, [row, ...others])
  return row
}

function named(word: string, rows: readonly TorrentRow[]): readonly TorrentRow[] {
  if (word === 'all') return rows
  const pattern = rows.filter(({ name }) => /[*?[]/.test(word) && posix.matchesGlob(name, word))
  if (pattern.length > 0) return pattern
  const [row, ...others] = byNumber(word, rows) ?? byHash(word, rows) ?? byName(word, rows)
  if (row === undefined) throw unknown(word)
  if (others.length > 0) throw ambiguous(word, [row, ...others])
  return [row]
}

function byNumber(word: string, rows: readonly TorrentRow[]): TorrentRow[] | undefined {
  return filled(rows.filter(({ id }) => String(id) === word))
}

function byHash(word: string, rows: readonly TorrentRow[]): TorrentRow[] | undefined {
  if (!HASH_START.test(word)) return undefined
  return filled(rows.filter(({ infoHash }) => infoHash.startsWith(word.toLowerCase())))
}

/** The whole name, or a part of it in upper or lower case. */
function byName(word: string, rows: readonly TorrentRow[]): TorrentRow[] {
  const part = word.toLowerCase()
  const isPart = ({ name }: TorrentRow): boolean => part !== '' && name.toLowerCase().includes(part)
  return filled(rows.filter(({ name }) => name === word)) ?? rows.filter(isPart)
}

function filled(rows: TorrentRow[]): TorrentRow[] | undefined {
  return rows.length === 0 ? undefined : rows
}

function unknown(torrent: string): Error {
  return inputError('CLI_TORRENT_UNKNOWN', `the daemon has no torrent '${torrent}' (see: ccbt list)`, { torrent })
}

function ambiguous(torrent: string, rows: readonly TorrentRow[]): Error {
  const some = rows.slice(0, MAX_NAMED).map(({ id, name }) => `${id} ${name}`)
  const more = rows.length > some.length ? ', ...' : ''
  const message = `'${torrent}' is ${rows.length} torrents: ${some.join(', ')}${more}`
  return inputError('CLI_TORRENT_AMBIGUOUS', message, { torrent })
}
