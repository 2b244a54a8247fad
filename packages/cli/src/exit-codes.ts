// What the exit status says. The meanings are aria2's where it has the case; 64 and 70 are those of sysexits.h;
// 128 + n says signal n. A released number keeps its meaning.

import { isCcbtError } from '@ccbt/primitives'
import { errnoOf } from './errors.ts'

/** Name of an exit status. */
export type ExitName =
  | 'ok'
  | 'unknown'
  | 'timeout'
  | 'notFound'
  | 'network'
  | 'unfinished'
  | 'noSpace'
  | 'duplicate'
  | 'exists'
  | 'open'
  | 'create'
  | 'fileIo'
  | 'auth'
  | 'badTorrent'
  | 'badMagnet'
  | 'checksum'
  | 'usage'
  | 'bug'
  | 'interrupted'
  | 'brokenPipe'
  | 'terminated'

/** A number that the process exits with, and what it says. */
export interface ExitCode {
  readonly code: number
  readonly meaning: string
}

/** Every exit status with its meaning, as the help and docs/cli.md list them. */
export const EXIT_CODES: Readonly<Record<ExitName, ExitCode>> = {
  ok: { code: 0, meaning: 'done: complete and verified, or stopped while seeding a complete torrent' },
  unknown: { code: 1, meaning: 'another error' },
  timeout: { code: 2, meaning: 'a server did not answer in time' },
  notFound: { code: 3, meaning: 'a file, folder or web address does not exist' },
  network: { code: 6, meaning: 'a network problem' },
  unfinished: { code: 7, meaning: 'ended before it was complete' },
  noSpace: { code: 9, meaning: 'no space left on the disk' },
  duplicate: { code: 11, meaning: 'already running: the same torrent to the same folder, or a daemon' },
  exists: { code: 13, meaning: 'the output file is already there' },
  open: { code: 15, meaning: 'a file could not be opened for reading' },
  create: { code: 16, meaning: 'a file or folder could not be made or written' },
  fileIo: { code: 17, meaning: 'reading or writing a file failed' },
  auth: { code: 24, meaning: 'a server refused access' },
  badTorrent: { code: 26, meaning: 'the torrent file is damaged or not one' },
  badMagnet: { code: 27, meaning: 'the magnet link cannot be used' },
  checksum: { code: 32, meaning: 'data is missing or does not match its checksums' },
  usage: { code: 64, meaning: 'wrong command or option' },
  bug: { code: 70, meaning: 'an error in ccbt itself' },
  interrupted: { code: 130, meaning: 'stopped by Ctrl-C before it was complete' },
  brokenPipe: { code: 141, meaning: 'the program that read the output has gone' },
  terminated: { code: 143, meaning: 'stopped by SIGTERM before it was complete' },
}

/** The first entry that the error code starts with decides. */
const BY_ERROR_CODE: readonly (readonly [prefix: string, name: ExitName])[] = [
  ['CLI_USAGE', 'usage'],
  ['CLI_FILE_NOT_FOUND', 'notFound'],
  ['CLI_FILE_EXISTS', 'exists'],
  ['CLI_FILE_UNREADABLE', 'open'],
  ['CLI_FILE_UNWRITABLE', 'create'],
  ['CLI_FILE_CHANGED', 'fileIo'],
  ['CLI_FILE_TOO_BIG', 'badTorrent'],
  ['CLI_NO_SPACE', 'noSpace'],
  ['CLI_V2', 'badTorrent'],
  ['CLI_MAGNET', 'badMagnet'],
  ['CLI_LINK', 'badMagnet'],
  ['CLI_PUBLISH', 'open'],
  ['CHANNEL', 'duplicate'],
  ['CLI_FETCH_TIMEOUT', 'timeout'],
  ['CLI_FETCH_NOT_FOUND', 'notFound'],
  ['CLI_FETCH_FORBIDDEN', 'auth'],
  ['CLI_FETCH', 'network'],
  ['CLI_LISTEN', 'network'],
  ['CLI_TOKEN_UNKNOWN', 'notFound'],
  ['CLI_PUBLICATION_UNKNOWN', 'notFound'],
  ['CLI_TORRENT_UNKNOWN', 'notFound'],
  ['CLI_TORRENT_AMBIGUOUS', 'usage'],
  ['DAEMON_ALREADY_RUNNING', 'duplicate'],
  ['DAEMON_LISTEN', 'network'],
  ['DAEMON_STATE', 'open'],
  ['DAEMON', 'usage'],
  ['RPC_UNREACHABLE', 'network'],
  ['RPC_REFUSED', 'auth'],
  ['RPC_ADDRESS', 'usage'],
  ['IP_FILTER', 'open'],
  ['METAINFO_MAGNET', 'badMagnet'],
  ['METAINFO', 'badTorrent'],
  ['BENCODE', 'badTorrent'],
  ['DISK_NO_SPACE', 'noSpace'],
  ['DISK_SAVE_PATH_LOCKED', 'duplicate'],
  ['DISK_WRITE_FAILED', 'create'],
  ['DISK', 'fileIo'],
  ['SESSION_DUPLICATE', 'duplicate'],
  ['TORRENT_FILE', 'create'],
  ['TORRENT_V2', 'badTorrent'],
  ['TORRENT_SELECTION', 'usage'],
  ['TORRENT_STOPPED', 'unfinished'],
  ['TRACKER', 'network'],
  ['ADDRESS', 'usage'],
  ['CONFIG', 'usage'],
  ['TRANSPORT', 'network'],
  ['XET_NOT_A_FILE', 'open'],
  ['XET', 'fileIo'],
]

const BY_ERRNO: Readonly<Record<string, ExitName>> = {
  ENOENT: 'notFound',
  ENOTDIR: 'notFound',
  EACCES: 'open',
  EPERM: 'open',
  EISDIR: 'open',
  EEXIST: 'exists',
  ENOSPC: 'noSpace',
  EDQUOT: 'noSpace',
  EIO: 'fileIo',
  EROFS: 'create',
  EADDRINUSE: 'network',
  EADDRNOTAVAIL: 'network',
}

/** What the process exits with after this error. */
export function exitNameOf(error: unknown): ExitName {
  if (!isCcbtError(error)) return BY_ERRNO[errnoOf(error) ?? ''] ?? 'bug'
  if (error.code === 'ABORTED') return 'unfinished'
  if (error.blame === 'us') return 'bug'
  return BY_ERROR_CODE.find(([prefix]) => error.code.startsWith(prefix))?.[1] ?? 'unknown'
}

/** 128 + n for the signals that end the program. */
export function signalExitCode(signal: NodeJS.Signals): number {
  if (signal === 'SIGINT') return EXIT_CODES.interrupted.code
  return signal === 'SIGHUP' ? 129 : EXIT_CODES.terminated.code
}
