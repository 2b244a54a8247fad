// A connection without any torrent: both sides name the same hash in their handshakes (CONTENT_INFO_HASH, or the target of
// a key), and then speak nothing but cc_xet (docs/bep_xet.md).

import { bytesEqual, fromHex, isCcbtError } from '@ccbt/primitives'
import type { CcbtError } from '@ccbt/primitives'
import type { ByteStream, StreamHandler } from '@ccbt/transport'
import {
  CC_XET,
  createEncoder,
  encodeExtensionHandshake,
  encodeHandshake,
  encodeXet,
  makeReserved,
  MessageId,
  parseExtensionHandshake,
  parseXet,
} from '@ccbt/wire-protocol'
import type { XetAbilities, XetMessage } from '@ccbt/wire-protocol'

import { violated } from '../errors.ts'
import { Framer } from '../metadata/framer.ts'
import { OUR_ABILITIES } from './exchange.ts'

/** SHA-1 of "cc_xet content 1". */
export const CONTENT_INFO_HASH: Uint8Array = fromHex('e6a167e10c4d355b17facc5cc42b986e28f92e4c')!

/** Our id for the messages of the extension. */
const OUR_ID = 1
/** Where the info-hash is in a handshake. */
const INFO_HASH_AT = 28
const PEER_ID_AT = 48
const PEER_ID_END = 68
const ID_AT = 4
const EXTENDED_ID_AT = 5
const PAYLOAD_AT = 6

/** What a {@link ContentLink} tells. */
export interface ContentLinkHandler {
  /** The peer is there, and this is what it answers. */
  introduced(abilities: XetAbilities): void
  /** Views of it are valid until this returns. Throws to end the connection. */
  received(message: XetMessage): void
  /** Whether the peer gives us data: only of interest in a torrent. */
  choking?(isChoking: boolean): void
  /** The stream takes bytes again. */
  drained(): void
  closed(error: CcbtError | undefined): void
}

/** What a connection is about, and what we answer on it. */
export interface LinkSubject {
  /** 20 bytes. */
  readonly infoHash: Uint8Array
  readonly abilities: XetAbilities
  /** Our peer id, where we may come upon our own address. */
  readonly ownId?: Uint8Array
}

const CONTENT: LinkSubject = { infoHash: CONTENT_INFO_HASH, abilities: OUR_ABILITIES }

/** The handshake that opens such a connection. */
export function linkGreeting(infoHash: Uint8Array, peerId: Uint8Array): Uint8Array {
  return encodeHandshake({ reserved: makeReserved({ extended: true }), infoHash, peerId })
}

/** One such connection. */
export class ContentLink implements StreamHandler {
  readonly stream: ByteStream
  readonly #subject: LinkSubject
  readonly #handler: ContentLinkHandler
  readonly #framer = new Framer((unit) => this.#unit(unit))
  readonly #encoder = createEncoder()
  #isGreeted = false
  #isClosed = false
  #theirId = 0

  constructor(stream: ByteStream, handler: ContentLinkHandler, subject: LinkSubject = CONTENT) {
    this.stream = stream
    this.#handler = handler
    this.#subject = subject
  }

  /** Whether their first handshake has come. */
  get isGreeted(): boolean {
    return this.#isGreeted
  }

  /** Our handshakes: of the side that dials at once, of the other when the first one has come. */
  greet(peerId: Uint8Array): void {
    this.stream.write(linkGreeting(this.#subject.infoHash, peerId))
    this.introduce()
  }

  /** The second of our handshakes, when the first has been sent. */
  introduce(): void {
    const xet = this.#subject.abilities
    this.#encoder.extended(0, encodeExtensionHandshake({ m: new Map([[CC_XET, OUR_ID]]), xet }))
    this.stream.write(this.#encoder.take())
  }

  /** Asks to be given data; only among the peers of a torrent. */
  interested(): void {
    this.#encoder.interested()
    this.stream.write(this.#encoder.take())
  }

  send(message: XetMessage): void {
    if (this.#theirId === 0 || this.#isClosed) return
    this.#encoder.extended(this.#theirId, encodeXet(message))
    this.stream.write(this.#encoder.take())
  }

  data(bytes: Uint8Array): void {
    if (this.#isClosed) return
    try {
      this.#framer.push(bytes)
    } catch (error) {
      if (!isCcbtError(error) || error.blame === 'us') throw error
      this.close(error)
    }
  }

  drained(): void {
    this.#handler.drained()
  }

  closed(error?: CcbtError): void {
    this.close(error)
  }

  close(error?: CcbtError): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#framer.stop()
    this.stream.close()
    this.#handler.closed(error)
  }

  #unit(unit: Uint8Array): void {
    if (!this.#isGreeted) {
      this.#isGreeted = true
      const infoHash = unit.subarray(INFO_HASH_AT, INFO_HASH_AT + CONTENT_INFO_HASH.length)
      if (!bytesEqual(infoHash, this.#subject.infoHash)) throw violated('answered for another torrent')
      const { ownId } = this.#subject
      if (ownId !== undefined && bytesEqual(unit.subarray(PEER_ID_AT, PEER_ID_END), ownId))
        throw violated('is ourselves')
      return
    }
    const id = unit[ID_AT]
    if (id === MessageId.choke || id === MessageId.unchoke) this.#handler.choking?.(id === MessageId.choke)
    else if (unit.length > PAYLOAD_AT && id === MessageId.extended) {
      this.#extended(unit[EXTENDED_ID_AT]!, unit.subarray(PAYLOAD_AT))
    }
  }

  #extended(id: number, payload: Uint8Array): void {
    if (id === 0) {
      const { m, xet } = parseExtensionHandshake(payload)
      this.#theirId = m.get(CC_XET) ?? 0
      if (this.#theirId === 0 || xet === undefined) throw violated('does not speak cc_xet')
      this.#handler.introduced(xet)
      return
    }
    const message = id === OUR_ID ? parseXet(payload) : undefined
    if (message !== undefined) this.#handler.received(message)
  }
}
