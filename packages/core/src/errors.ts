import { CcbtError } from '@ccbt/primitives'

declare module '@ccbt/primitives' {
  interface ErrorContext {
    /** The torrent is already in this session. */
    SESSION_DUPLICATE_TORRENT: { infoHash: string; name: string }
    /** The session has been closed. */
    SESSION_CLOSED: Record<string, never>
    /** Both TCP and uTP are switched off. */
    SESSION_NO_TRANSPORT: Record<string, never>
    /** The torrent was removed or its session closed before it was complete. */
    TORRENT_STOPPED: { infoHash: string }
    /** An IP filter cannot be read, or is none. */
    IP_FILTER_UNREADABLE: { path: string; reason: string }
    /** Data of a hybrid torrent is right by one of its two hashes and wrong by the other (BEP 52). */
    TORRENT_HASHES_DISAGREE: { piece: number }
    /** Data that was verified before is not there any more: no file of the torrent is. */
    TORRENT_FILES_MISSING: Record<string, never>
    /** The torrent file that was made of a magnet link's metadata cannot be saved. */
    TORRENT_FILE_UNWRITABLE: { path: string; errno: string }
    /** A file index that the torrent does not have. */
    TORRENT_SELECTION_INVALID: { index: number; files: number }
    /** Priorities of files that make no sense. */
    TORRENT_PRIORITIES_INVALID: { reason: string }
    /** A file that is read is not wanted, or there is none of this index. */
    TORRENT_FILE_UNWANTED: { index: number }
    /** Patterns leave no file of the torrent. */
    TORRENT_NOTHING_SELECTED: { files: number }
    /** A weekly schedule that makes no sense. */
    LIMIT_SCHEDULE_INVALID: { reason: string }
    /** A session follows each key once. */
    CHANNEL_DUPLICATE: Record<string, never>
    /** A peer has no content with the hash that was asked for. */
    CONTENT_NOT_FOUND: Record<string, never>
    /** The DHT or a tracker cannot be asked who has content. */
    CONTENT_LOOKUP_FAILED: { reason: string }
    /** The IP filters block a peer that may have content. */
    CONTENT_PEER_BLOCKED: { address: string }
    /** A peer sent other content than was asked for. */
    CONTENT_INVALID: Record<string, never>
    /** A peer broke the protocol in a way that only the torrent's state shows. */
    PEER_PROTOCOL_VIOLATED: { what: string }
    /** A peer was silent or useless for too long, or there is no place for it. */
    PEER_DROPPED: { why: string }
  }
}

/** No data can be right for both halves of a hybrid torrent. */
export function hashesDisagree(piece: number): CcbtError<'TORRENT_HASHES_DISAGREE'> {
  const message = `the torrent contradicts itself: its v1 and v2 hashes of piece ${piece} are of different data`
  return new CcbtError('TORRENT_HASHES_DISAGREE', message, { blame: 'input', context: { piece } })
}

/** Priorities that the torrent cannot have. */
export function prioritiesInvalid(reason: string): CcbtError<'TORRENT_PRIORITIES_INVALID'> {
  return new CcbtError('TORRENT_PRIORITIES_INVALID', reason, { blame: 'input', context: { reason } })
}

/** It would never come. */
export function fileUnwanted(index: number): CcbtError<'TORRENT_FILE_UNWANTED'> {
  const message = `file ${index} of the torrent is not selected`
  return new CcbtError('TORRENT_FILE_UNWANTED', message, { blame: 'input', context: { index } })
}

/** The disk is gone, or somebody has removed or moved the files. */
export function filesMissing(): CcbtError<'TORRENT_FILES_MISSING'> {
  const message = 'its files are not there any more (verify it to download them again)'
  return new CcbtError('TORRENT_FILES_MISSING', message, { blame: 'disk', context: {} })
}

/** No file is allowed, or all are excluded. */
export function nothingSelected(files: number): CcbtError<'TORRENT_NOTHING_SELECTED'> {
  const message = `the patterns of files leave none of the ${files} files of the torrent`
  return new CcbtError('TORRENT_NOTHING_SELECTED', message, { blame: 'input', context: { files } })
}

/** Somebody else may have it. */
export function contentNotFound(
  message = 'the peer has no file or chunk with this hash',
): CcbtError<'CONTENT_NOT_FOUND'> {
  return new CcbtError('CONTENT_NOT_FOUND', message, { blame: 'remote', context: {} })
}

/** `what` the peer sent instead. */
export function contentInvalid(what: string): CcbtError<'CONTENT_INVALID'> {
  return new CcbtError('CONTENT_INVALID', `the peer sent ${what}`, { blame: 'peer', context: {} })
}

/** Nobody is asked by another way than the one that is wanted. */
export function lookupFailed(reason: string, place = 'the DHT'): CcbtError<'CONTENT_LOOKUP_FAILED'> {
  const message = `${place} cannot be asked: ${reason}`
  return new CcbtError('CONTENT_LOOKUP_FAILED', message, { blame: 'remote', context: { reason } })
}

/** The peer did what no correct client does; the connection ends. */
export function violated(what: string): CcbtError<'PEER_PROTOCOL_VIOLATED'> {
  return new CcbtError('PEER_PROTOCOL_VIOLATED', `peer ${what}`, { blame: 'peer', context: { what } })
}

/** We end the connection without reproach. */
export function dropped(why: string): CcbtError<'PEER_DROPPED'> {
  return new CcbtError('PEER_DROPPED', `dropped: ${why}`, { blame: 'remote', context: { why } })
}
