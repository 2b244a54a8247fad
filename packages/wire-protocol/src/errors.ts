// Everything that a peer can get wrong on the wire. Blame is always the peer's: the connection is to be closed.

import { CcbtError } from '@ccbt/primitives'
import type { ErrorCode } from '@ccbt/primitives'

declare module '@ccbt/primitives' {
  interface ErrorContext {
    /** The first bytes are not a BitTorrent handshake. */
    WIRE_HANDSHAKE_INVALID: Record<string, never>
    /** A message longer than any of its kind may be; lengths in bytes. */
    WIRE_MESSAGE_TOO_LONG: { id: number; length: number; limit: number }
    /** A message whose length, in bytes, does not fit its id. */
    WIRE_MESSAGE_LENGTH_INVALID: { id: number; length: number }
    /** A message that may not come now: a second or late bitfield, Have All or Have None. */
    WIRE_MESSAGE_UNEXPECTED: { id: number }
    /** A `hashes` message (BEP 52) that answers no sensible request. */
    WIRE_HASHES_INVALID: { problem: string }
    /** An extension message that cannot be read. */
    WIRE_EXTENSION_INVALID: { extension: string; problem: string }
  }
}

/** The codes of this package's errors. */
export type WireErrorCode = Extract<ErrorCode, `WIRE_${string}`>

export function handshakeInvalid(): CcbtError<'WIRE_HANDSHAKE_INVALID'> {
  return new CcbtError('WIRE_HANDSHAKE_INVALID', 'not a BitTorrent handshake', { blame: 'peer', context: {} })
}

export function messageTooLong(id: number, length: number, limit: number): CcbtError<'WIRE_MESSAGE_TOO_LONG'> {
  return new CcbtError('WIRE_MESSAGE_TOO_LONG', `message ${id} has ${length} bytes, more than ${limit}`, {
    blame: 'peer',
    context: { id, length, limit },
  })
}

export function lengthInvalid(id: number, length: number): CcbtError<'WIRE_MESSAGE_LENGTH_INVALID'> {
  return new CcbtError('WIRE_MESSAGE_LENGTH_INVALID', `message ${id} cannot have ${length} bytes`, {
    blame: 'peer',
    context: { id, length },
  })
}

export function unexpected(id: number): CcbtError<'WIRE_MESSAGE_UNEXPECTED'> {
  return new CcbtError('WIRE_MESSAGE_UNEXPECTED', `message ${id} may only come first`, {
    blame: 'peer',
    context: { id },
  })
}

export function hashesInvalid(problem: string): CcbtError<'WIRE_HASHES_INVALID'> {
  return new CcbtError('WIRE_HASHES_INVALID', `bad hashes message: ${problem}`, { blame: 'peer', context: { problem } })
}

export function extensionInvalid(
  extension: string,
  problem: string,
  cause?: unknown,
): CcbtError<'WIRE_EXTENSION_INVALID'> {
  return new CcbtError('WIRE_EXTENSION_INVALID', `bad ${extension} message: ${problem}`, {
    blame: 'peer',
    context: { extension, problem },
    cause,
  })
}
