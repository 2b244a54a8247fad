// The messages of the DHT (KRPC, BEP 5): one datagram, one bencoded dictionary. What reads them trusts nothing; each
// datagram becomes one of four results. Whoever answers cuts lists first: what is written has to fit into a packet.

import { asBytes, asDict, asInt, asList, asText, decode, encode } from '@ccbt/bencode'
import type { BencodeDict, Encodable } from '@ccbt/bencode'
import { isCcbtError } from '@ccbt/primitives'

import { ID_BYTES } from './contact.ts'
import type { NodeId } from './node-id.ts'

/** Longest datagram that is read: an answer with 100 peers and 16 nodes has less. */
const MAX_READ_BYTES = 8192
/** Others use 2 to 8 bytes. */
const MAX_TRANSACTION_BYTES = 32
const MAX_METHOD_BYTES = 32
/** Values of one message: 8 kB hold no more that are of use. */
const LIMITS = { maxDepth: 16, maxTokens: 2048 } as const

/** KRPC error codes (BEP 5). */
export const KRPC_ERROR = { generic: 201, server: 202, protocol: 203, unknownMethod: 204 } as const

/** A question of another node. */
export interface Query {
  readonly kind: 'query'
  readonly transaction: Uint8Array
  readonly method: string
  readonly id: NodeId
  readonly arguments: BencodeDict
  /** The sender answers nothing and belongs in no table (BEP 43). */
  readonly isReadOnly: boolean
}

/** An answer. `ip` is where the answering node saw the question come from (BEP 42), compact. */
export interface Answer {
  readonly kind: 'answer'
  readonly transaction: Uint8Array
  readonly id: NodeId
  readonly values: BencodeDict
  readonly ip?: Uint8Array
}

/** A refusal. */
export interface Refusal {
  readonly kind: 'refusal'
  readonly transaction: Uint8Array
  readonly code: number
}

/** No message. */
export interface Invalid {
  readonly kind: 'invalid'
  readonly reason: 'too long' | 'not bencode' | 'not a message' | 'no id'
}

/** Reads a datagram. The result refers to `bytes`, which must not change while it is in use. */
export function readMessage(bytes: Uint8Array): Query | Answer | Refusal | Invalid {
  if (bytes.length > MAX_READ_BYTES) return { kind: 'invalid', reason: 'too long' }
  const message = decodeDict(bytes)
  if (message === undefined) return { kind: 'invalid', reason: 'not bencode' }
  const transaction = asBytes(message.get('t'))
  if (transaction === undefined || transaction.length === 0 || transaction.length > MAX_TRANSACTION_BYTES) {
    return { kind: 'invalid', reason: 'not a message' }
  }
  const kind = asText(message.get('y'))
  if (kind === 'q') return readQuery(message, transaction)
  if (kind === 'r') return readAnswer(message, transaction)
  if (kind === 'e') return readRefusal(message, transaction)
  return { kind: 'invalid', reason: 'not a message' }
}

function decodeDict(bytes: Uint8Array): BencodeDict | undefined {
  // Garbage is common; its first byte gives most of it away.
  if (bytes[0] !== 0x64) return undefined
  try {
    return asDict(decode(bytes, LIMITS).value)
  } catch (error) {
    if (isCcbtError(error)) return undefined
    throw error
  }
}

function readQuery(message: BencodeDict, transaction: Uint8Array): Query | Invalid {
  const method = asBytes(message.get('q'))
  const values = asDict(message.get('a'))
  const id = idOf(values)
  if (method === undefined || method.length > MAX_METHOD_BYTES) return { kind: 'invalid', reason: 'not a message' }
  if (values === undefined || id === undefined) return { kind: 'invalid', reason: 'no id' }
  const isReadOnly = asInt(message.get('ro')) === 1
  return {
    kind: 'query',
    transaction,
    method: String.fromCharCode(...method),
    id,
    arguments: values,
    isReadOnly,
  }
}

function readAnswer(message: BencodeDict, transaction: Uint8Array): Answer | Invalid {
  const values = asDict(message.get('r'))
  const id = idOf(values)
  if (values === undefined || id === undefined) return { kind: 'invalid', reason: 'no id' }
  const ip = asBytes(message.get('ip'))
  return { kind: 'answer', transaction, id, values, ...(ip === undefined ? {} : { ip }) }
}

function readRefusal(message: BencodeDict, transaction: Uint8Array): Refusal {
  const code = asInt(asList(message.get('e'))?.[0])
  return { kind: 'refusal', transaction, code: code ?? KRPC_ERROR.generic }
}

/** The id, copied: tables keep it for longer than the datagram. */
function idOf(values: BencodeDict | undefined): NodeId | undefined {
  const id = asBytes(values?.get('id'))
  return id?.length === ID_BYTES ? id.slice() : undefined
}

/** What a question consists of. */
export interface QueryParts {
  readonly transaction: Uint8Array
  readonly method: string
  readonly arguments: Readonly<Record<string, Encodable | undefined>>
  readonly isReadOnly: boolean
}

/** The datagram of a question. */
export function writeQuery(parts: QueryParts): Uint8Array {
  return encode({
    a: parts.arguments,
    q: parts.method,
    ro: parts.isReadOnly ? 1 : undefined,
    t: parts.transaction,
    y: 'q',
  })
}

/** The datagram of an answer to a node at the compact endpoint `ip`. */
export function writeAnswer(
  transaction: Uint8Array,
  values: Readonly<Record<string, Encodable | undefined>>,
  ip: Uint8Array,
): Uint8Array {
  return encode({ ip, r: values, t: transaction, y: 'r' })
}

/** The datagram of a refusal. */
export function writeRefusal(transaction: Uint8Array, code: number, text: string): Uint8Array {
  return encode({ e: [code, text], t: transaction, y: 'e' })
}
