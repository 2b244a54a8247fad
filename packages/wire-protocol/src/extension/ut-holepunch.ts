// ut_holepunch (BEP 55): two peers that cannot reach each other are told by a third one, to which both are connected, to
// dial each other at the same moment over uTP. Whether an address is fit to be dialled is not judged here.

import { readU32, writeU32 } from '@ccbt/primitives'

import { extensionInvalid } from '../errors.ts'

/** The name of the extension in the handshake. */
export const UT_HOLEPUNCH = 'ut_holepunch'

/** Why there is no rendezvous: no such address, not connected to the relay, cannot do it, is the relay itself. */
export const HolepunchError = { noSuchPeer: 1, notConnected: 2, noSupport: 3, noSelf: 4 } as const

/** A message of the extension; `ip` has 4 or 16 bytes. */
export interface HolepunchMessage {
  /** `rendezvous` asks a relay for the peer at this address, `connect` says to dial it now, `error` answers the first. */
  readonly kind: 'rendezvous' | 'connect' | 'error'
  readonly ip: Uint8Array
  readonly port: number
  /** One of {@link HolepunchError}, or a number that we do not know; there with `error` only. */
  readonly error?: number
}

const KINDS = ['rendezvous', 'connect', 'error'] as const
const IP_BYTES = [4, 16] as const
const HEADER_BYTES = 2
const PORT_BYTES = 2
const ERROR_BYTES = 4

/** The payload of a message. */
export function encodeHolepunch({ kind, ip, port, error = 0 }: HolepunchMessage): Uint8Array {
  const payload = new Uint8Array(HEADER_BYTES + ip.length + PORT_BYTES + ERROR_BYTES)
  const portAt = HEADER_BYTES + ip.length
  payload.set([KINDS.indexOf(kind), ip.length === IP_BYTES[0] ? 0 : 1])
  payload.set(ip, HEADER_BYTES)
  payload.set([port >>> 8, port & 0xff], portAt)
  writeU32(payload, portAt + PORT_BYTES, error)
  return payload
}

/**
 * Reads a message; `undefined` for a kind that we do not know. Some clients leave the error out where there is none.
 * @throws WIRE_EXTENSION_INVALID
 */
export function parseHolepunch(payload: Uint8Array): HolepunchMessage | undefined {
  const ipBytes = IP_BYTES[payload[1] ?? -1]
  if (ipBytes === undefined || payload.length < HEADER_BYTES + ipBytes + PORT_BYTES) {
    throw extensionInvalid(UT_HOLEPUNCH, 'it has no address')
  }
  const kind = KINDS[payload[0]!]
  const portAt = HEADER_BYTES + ipBytes
  const ip = payload.slice(HEADER_BYTES, portAt)
  const port = payload[portAt]! * 256 + payload[portAt + 1]!
  if (kind !== 'error') return kind === undefined ? undefined : { kind, ip, port }
  if (payload.length < portAt + PORT_BYTES + ERROR_BYTES) throw extensionInvalid(UT_HOLEPUNCH, 'its error is cut off')
  return { kind, ip, port, error: readU32(payload, portAt + PORT_BYTES) }
}
