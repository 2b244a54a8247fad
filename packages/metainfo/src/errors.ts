import { CcbtError } from '@ccbt/primitives'

declare module '@ccbt/primitives' {
  interface ErrorContext {
    /** Not a torrent at all: not bencode, or without the parts every torrent has. The cause says where. */
    METAINFO_MALFORMED: { problem: string }
    /** A field of a torrent, or of the description of a new one, has a forbidden value. */
    METAINFO_FIELD_INVALID: { field: string; problem: string }
    /** More files, pieces, bytes or folders than the limit. */
    METAINFO_LIMIT_EXCEEDED: { what: string; limit: number }
    /** The number of piece hashes is not what the sizes demand. */
    METAINFO_PIECES_MISMATCH: { expected: number; actual: number }
    /** The v1 and the v2 description of a hybrid torrent are of different files (BEP 52). */
    METAINFO_VERSIONS_DISAGREE: { problem: string }
    /** The piece layers do not belong to the files' Merkle roots (BEP 52). */
    METAINFO_LAYERS_INVALID: { problem: string }
    /** Not a usable magnet link. */
    METAINFO_MAGNET_INVALID: { problem: string }
  }
}

export function malformed(problem: string, cause?: unknown): CcbtError<'METAINFO_MALFORMED'> {
  return new CcbtError('METAINFO_MALFORMED', `not a torrent: ${problem}`, {
    blame: 'input',
    context: { problem },
    cause,
  })
}

export function fieldInvalid(field: string, problem: string): CcbtError<'METAINFO_FIELD_INVALID'> {
  return new CcbtError('METAINFO_FIELD_INVALID', `bad torrent: '${field}' ${problem}`, {
    blame: 'input',
    context: { field, problem },
  })
}

export function limitExceeded(what: string, limit: number): CcbtError<'METAINFO_LIMIT_EXCEEDED'> {
  return new CcbtError('METAINFO_LIMIT_EXCEEDED', `bad torrent: more than ${limit} ${what}`, {
    blame: 'input',
    context: { what, limit },
  })
}

export function piecesMismatch(expected: number, actual: number): CcbtError<'METAINFO_PIECES_MISMATCH'> {
  return new CcbtError('METAINFO_PIECES_MISMATCH', `bad torrent: ${actual} piece hashes where ${expected} are needed`, {
    blame: 'input',
    context: { expected, actual },
  })
}

export function versionsDisagree(problem: string): CcbtError<'METAINFO_VERSIONS_DISAGREE'> {
  return new CcbtError('METAINFO_VERSIONS_DISAGREE', `bad hybrid torrent: ${problem}`, {
    blame: 'input',
    context: { problem },
  })
}

export function layersInvalid(problem: string): CcbtError<'METAINFO_LAYERS_INVALID'> {
  return new CcbtError('METAINFO_LAYERS_INVALID', `bad torrent: ${problem}`, { blame: 'input', context: { problem } })
}

export function magnetInvalid(problem: string): CcbtError<'METAINFO_MAGNET_INVALID'> {
  return new CcbtError('METAINFO_MAGNET_INVALID', `bad magnet link: ${problem}`, {
    blame: 'input',
    context: { problem },
  })
}
