import { CcbtError } from '@ccbt/primitives'
import type { ErrorCode } from '@ccbt/primitives'

declare module '@ccbt/primitives' {
  interface ErrorContext {
    /** The first bytes are not a BitTorrent handshake. */
    WIRE_HANDSHAKE_INVALID: Record<string, never>
    /** A length prefix beyond what any message may have. */
    WIRE_MESSAGE_TOO_LONG: { id: number; length: number; limit: number }
    /** A message whose length does not fit its id. */
    WIRE_MESSAGE_LENGTH_INVALID: { id: number; length: number }
    /** A message that may not come now: a bitfield that is not the first message. */
    WIRE_MESSAGE_UNEXPECTED: { id: number }
    /** An extension message that cannot be read. */
    WIRE_EXTENSION_INVALID: { extension: string; why: string }
  }
}

/** The codes of this package's errors. */
export type WireErrorCode = Extract<ErrorCode, `WIRE_${string}`>

export function handshakeInvalid(): CcbtError<'WIRE_HANDSHAKE_INVALID'> {
  return new CcbtError('WIRE_HANDSHAKE_INVALID', 'not a BitTorrent handshake', { blame: 'peer', context: {} })
}

export function messageTooLong(id: number, length: number, limit: number): CcbtError<'WIRE_MESSAGE_TOO_LONG'> {
  return new CcbtError('WIRE_MESSAGE_TOO_LONG', `message of ${length} bytes, at most ${limit} are allowed`, {
    blame: 'peer',
    context: { id, length, limit },
  })
}

export function lengthInvalid(id: number, length: number): CcbtError<'WIRE_MESSAGE_LENGTH_INVALID'> {
  return new CcbtError('WIRE_MESSAGE_LENGTH_INVALID', `message ${id} of ${length} bytes`, {
    blame: 'peer',
    context: { id, length },
  })
}

export function unexpected(id: number): CcbtError<'WIRE_MESSAGE_UNEXPECTED'> {
  return new CcbtError('WIRE_MESSAGE_UNEXPECTED', `message ${id} may not come now`, { blame: 'peer', context: { id } })
}

export function extensionInvalid(extension: string, why: string): CcbtError<'WIRE_EXTENSION_INVALID'> {
  return new CcbtError('WIRE_EXTENSION_INVALID', `bad ${extension} message: ${why}`, {
    blame: 'peer',
    context: { extension, why },
  })
}
