// The datagrams of NAT-PMP (RFC 6886). All integers are big-endian. What has not exactly the form of the answer that
// was asked for is no answer.

import { ipFromBytes } from '@ccbt/address'

import type { MappedProtocol, MappingRequest } from './mapping.ts'

const VERSION = 0
const ADDRESS_OPCODE = 0
const MAP_OPCODES: Readonly<Record<MappedProtocol, number>> = { udp: 1, tcp: 2 }
/** Marks an answer. */
const ANSWER_BIT = 0x80

/** Of an answer that says no: everything up to the epoch. */
const REFUSAL_BYTES = 8
const ADDRESS_ANSWER_BYTES = 12
const MAP_ANSWER_BYTES = 16

/** RFC 6886, 3.5. */
const RESULTS: Readonly<Record<number, string>> = {
  1: 'unsupported version',
  2: 'not authorized; port mapping is switched off',
  3: 'the gateway has no address outside',
  4: 'the gateway is out of resources',
  5: 'unsupported request',
}

/** An answer: what was asked for, or why not. */
export type NatPmpAnswer<T> =
  | { readonly kind: 'granted'; readonly value: T }
  | { readonly kind: 'refused'; readonly reason: string }

/** The mapping in an answer. */
export interface NatPmpMapping {
  readonly epochS: number
  readonly externalPort: number
  readonly lifetimeS: number
}

/** Asks for the address outside (3.2). */
export function natPmpAddressRequest(): Uint8Array {
  return Uint8Array.of(VERSION, ADDRESS_OPCODE)
}

/** Asks for a mapping (3.3); a lifetime of 0 removes it (3.4). */
export function natPmpMapRequest(request: MappingRequest, lifetimeS: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(12))
  view.setUint8(0, VERSION)
  view.setUint8(1, MAP_OPCODES[request.protocol])
  view.setUint16(4, request.internalPort)
  view.setUint16(6, lifetimeS === 0 ? 0 : request.externalPort)
  view.setUint32(8, lifetimeS)
  return new Uint8Array(view.buffer)
}

/** The address outside; `undefined` when `bytes` are no answer to that question. */
export function readNatPmpAddress(bytes: Uint8Array): NatPmpAnswer<string> | undefined {
  const refusal = readRefusal(bytes, ADDRESS_OPCODE)
  if (refusal !== undefined) return refusal
  if (!isAnswer(bytes, ADDRESS_OPCODE) || bytes.length !== ADDRESS_ANSWER_BYTES) return undefined
  const ip = ipFromBytes(bytes.subarray(8))
  return ip === undefined ? undefined : { kind: 'granted', value: ip }
}

/** The mapping that `request` got; `undefined` when `bytes` are no answer to it. */
export function readNatPmpMapping(
  bytes: Uint8Array,
  { protocol, internalPort }: Pick<MappingRequest, 'protocol' | 'internalPort'>,
): NatPmpAnswer<NatPmpMapping> | undefined {
  const opcode = MAP_OPCODES[protocol]
  const refusal = readRefusal(bytes, opcode)
  if (refusal !== undefined) return refusal
  if (!isAnswer(bytes, opcode) || bytes.length !== MAP_ANSWER_BYTES) return undefined
  const view = viewOf(bytes)
  if (view.getUint16(8) !== internalPort) return undefined
  return {
    kind: 'granted',
    value: { epochS: view.getUint32(4), externalPort: view.getUint16(10), lifetimeS: view.getUint32(12) },
  }
}

function readRefusal(bytes: Uint8Array, opcode: number): NatPmpAnswer<never> | undefined {
  if (bytes.length < REFUSAL_BYTES) return undefined
  // A gateway of another version, PCP's 2 for one, answers in its own form (RFC 6887, 9).
  if (bytes[0] !== VERSION) return bytes[1]! >= ANSWER_BIT ? { kind: 'refused', reason: RESULTS[1]! } : undefined
  const result = viewOf(bytes).getUint16(2)
  if (result === 0 || bytes[1] !== (ANSWER_BIT | opcode)) return undefined
  return { kind: 'refused', reason: RESULTS[result] ?? `result ${result}` }
}

function isAnswer(bytes: Uint8Array, opcode: number): boolean {
  return bytes[0] === VERSION && bytes[1] === (ANSWER_BIT | opcode) && bytes[2] === 0 && bytes[3] === 0
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
