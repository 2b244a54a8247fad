// lt_donthave (BEP 54): the peer has a piece no longer.

import { readU32, writeU32 } from '@ccbt/primitives'

import { extensionInvalid } from '../errors.ts'

/** The name of the extension in the handshake. */
export const DONT_HAVE = 'lt_donthave'

/** The payload of a Don't Have message. */
export function encodeDontHave(piece: number): Uint8Array {
  const payload = new Uint8Array(4)
  writeU32(payload, 0, piece)
  return payload
}

/** The piece index (u32, unchecked) of a Don't Have message. @throws WIRE_EXTENSION_INVALID */
export function parseDontHave(payload: Uint8Array): number {
  if (payload.length !== 4) throw extensionInvalid(DONT_HAVE, `it has ${payload.length} bytes`)
  return readU32(payload, 0)
}
