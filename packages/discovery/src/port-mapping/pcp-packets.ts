// The MAP datagrams of PCP (RFC 6887, 7 and 11). All integers are big-endian; IPv4 addresses are written as mapped IPv6.
// An answer counts only with the nonce, protocol and port that were asked for.

import { ipFromBytes, ipToBytes } from '@ccbt/address'
import { bytesEqual } from '@ccbt/primitives'

import { NONCE_BYTES } from './mapping.ts'
import type { MappedProtocol, MappingRequest } from './mapping.ts'

const VERSION = 2
const MAP_OPCODE = 1
/** Marks an answer. */
const ANSWER_BIT = 0x80
const IP_BYTES = 16
const HEADER_BYTES = 24
/** Header and MAP; options may follow in an answer. */
const MAP_BYTES = HEADER_BYTES + 36
/** Longest datagram (7). */
const MAX_BYTES = 1100
/** IANA numbers. */
const PROTOCOLS: Readonly<Record<MappedProtocol, number>> = { tcp: 6, udp: 17 }

// Offsets within a MAP datagram.
const NONCE_AT = 24
const PROTOCOL_AT = 36
const INTERNAL_PORT_AT = 40
const EXTERNAL_PORT_AT = 42
const EXTERNAL_IP_AT = 44

const UNSUPPORTED_VERSION = 1
/** RFC 6887, 7.4. */
const RESULTS: Readonly<Record<number, string>> = {
  [UNSUPPORTED_VERSION]: 'unsupported version',
  2: 'not authorized; port mapping is switched off',
  3: 'malformed request',
  4: 'unsupported request',
  5: 'unsupported option',
  6: 'malformed option',
  7: 'network failure of the gateway',
  8: 'the gateway is out of resources',
  9: 'unsupported protocol',
  10: 'too many mappings',
  11: 'the port outside cannot be had',
  12: 'another gateway lies between',
  13: 'too many peers',
}

/** An answer: the mapping, or why not. */
export type PcpAnswer =
  | {
      readonly kind: 'granted'
      readonly epochS: number
      readonly lifetimeS: number
      readonly externalPort: number
      readonly externalIp: string | undefined
    }
  | { readonly kind: 'refused'; readonly reason: string }

/** Asks for a mapping, from the local address `from`, which the gateway compares (8.1); a lifetime of 0 removes it. */
export function pcpMapRequest(request: MappingRequest, lifetimeS: number, from: string): Uint8Array {
  const bytes = new Uint8Array(MAP_BYTES)
  const view = new DataView(bytes.buffer)
  view.setUint8(0, VERSION)
  view.setUint8(1, MAP_OPCODE)
  view.setUint32(4, lifetimeS)
  bytes.set(inIpv6(from), 8)
  bytes.set(request.nonce, NONCE_AT)
  view.setUint8(PROTOCOL_AT, PROTOCOLS[request.protocol])
  view.setUint16(INTERNAL_PORT_AT, request.internalPort)
  view.setUint16(EXTERNAL_PORT_AT, request.externalPort)
  // No wish for an address outside, in the family of our own (11.1).
  bytes.set(inIpv6(from.includes(':') ? '::' : '0.0.0.0'), EXTERNAL_IP_AT)
  return bytes
}

/** What became of `request`; `undefined` when `bytes` are no answer to it. */
export function readPcpAnswer(bytes: Uint8Array, request: MappingRequest): PcpAnswer | undefined {
  if (bytes.length < 4 || bytes.length > MAX_BYTES || bytes[1]! < ANSWER_BIT) return undefined
  // Answers of NAT-PMP (RFC 6886, 3.5) and of PCP's draft have other versions, and a form of their own.
  if (bytes[0] !== VERSION) return { kind: 'refused', reason: RESULTS[UNSUPPORTED_VERSION]! }
  const result = bytes[3]!
  if (bytes[1] !== (ANSWER_BIT | MAP_OPCODE) || bytes.length % 4 !== 0 || !isAbout(bytes, request)) return undefined
  if (result !== 0) return { kind: 'refused', reason: RESULTS[result] ?? `result ${result}` }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return {
    kind: 'granted',
    lifetimeS: view.getUint32(4),
    epochS: view.getUint32(8),
    externalPort: view.getUint16(EXTERNAL_PORT_AT),
    externalIp: ipFromBytes(bytes.subarray(EXTERNAL_IP_AT, MAP_BYTES)),
  }
}

function isAbout(bytes: Uint8Array, { nonce, protocol, internalPort }: MappingRequest): boolean {
  if (bytes.length < MAP_BYTES) return false
  const port = bytes[INTERNAL_PORT_AT]! * 256 + bytes[INTERNAL_PORT_AT + 1]!
  const isOurs = bytesEqual(bytes.subarray(NONCE_AT, NONCE_AT + NONCE_BYTES), nonce)
  return isOurs && bytes[PROTOCOL_AT] === PROTOCOLS[protocol] && port === internalPort
}

function inIpv6(ip: string): Uint8Array {
  const bytes = ipToBytes(ip) ?? new Uint8Array(IP_BYTES)
  if (bytes.length === IP_BYTES) return bytes
  const mapped = new Uint8Array(IP_BYTES)
  mapped.set([0xff, 0xff, ...bytes], 10)
  return mapped
}
