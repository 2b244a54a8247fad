import { CcbtError } from '@ccbt/primitives'

declare module '@ccbt/primitives' {
  interface ErrorContext {
    /** The bytes are not bencode; `position` is where in them, counted from 0. */
    BENCODE_SYNTAX_INVALID: { position: number; problem: string }
    /** Lists and dictionaries are nested deeper than the limit. */
    BENCODE_DEPTH_EXCEEDED: { position: number; limit: number }
    /** More values than the limit, or more bytes than can be addressed. */
    BENCODE_SIZE_EXCEEDED: { position: number; limit: number }
    /** Bytes follow the value and the caller did not allow it. */
    BENCODE_TRAILING_BYTES: { position: number; extra: number }
    /** Keys of a dictionary are unsorted or repeated and the caller demanded canonical form. */
    BENCODE_KEY_ORDER: { position: number; problem: string }
    /** Our own code asked to encode something bencode cannot express. */
    BENCODE_VALUE_UNSUPPORTED: { what: string }
  }
}

export function syntaxInvalid(position: number, problem: string): CcbtError<'BENCODE_SYNTAX_INVALID'> {
  return new CcbtError('BENCODE_SYNTAX_INVALID', `not valid bencode at byte ${position}: ${problem}`, {
    blame: 'input',
    context: { position, problem },
  })
}

export function depthExceeded(position: number, limit: number): CcbtError<'BENCODE_DEPTH_EXCEEDED'> {
  return new CcbtError('BENCODE_DEPTH_EXCEEDED', `bencode nested too deep at byte ${position} (limit ${limit})`, {
    blame: 'input',
    context: { position, limit },
  })
}

export function sizeExceeded(position: number, limit: number): CcbtError<'BENCODE_SIZE_EXCEEDED'> {
  return new CcbtError('BENCODE_SIZE_EXCEEDED', `bencode too large at byte ${position} (limit ${limit})`, {
    blame: 'input',
    context: { position, limit },
  })
}

export function trailingBytes(position: number, extra: number): CcbtError<'BENCODE_TRAILING_BYTES'> {
  return new CcbtError('BENCODE_TRAILING_BYTES', `${extra} bytes follow the bencoded value at byte ${position}`, {
    blame: 'input',
    context: { position, extra },
  })
}

export function keyOrder(position: number, problem: string): CcbtError<'BENCODE_KEY_ORDER'> {
  return new CcbtError('BENCODE_KEY_ORDER', `${problem} at byte ${position}`, {
    blame: 'input',
    context: { position, problem },
  })
}

export function valueUnsupported(what: string): CcbtError<'BENCODE_VALUE_UNSUPPORTED'> {
  return new CcbtError('BENCODE_VALUE_UNSUPPORTED', `cannot bencode ${what}`, { blame: 'us', context: { what } })
}
