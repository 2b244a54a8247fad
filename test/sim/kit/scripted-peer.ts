// A peer that is no session: it claims to have everything and does with each request what its script says. It speaks the
// fast extension, listens, and serves as fast as its line is.

import type { Cancel, Clock } from '@ccbt/primitives'
import type { ByteStream } from '@ccbt/transport'
import { createDecoder, createEncoder, makeReserved } from '@ccbt/wire-protocol'
import type { WireEncoder, WireHandler } from '@ccbt/wire-protocol'

import type { MemoryHost } from './memory-network.ts'
import type { Payload } from './payload.ts'

/**
 * What becomes of a request: answered, answered with wrong bytes, left alone, rejected after a choke that is lifted a second later, or
 * answered by half the block and the end of the connection.
 */
export type Answer = 'send' | 'spoil' | 'drop' | 'choke' | 'hang-up'

/** A request, and how many came before it over the same connection. */
export interface Asked {
  readonly piece: number
  readonly begin: number
  readonly length: number
  readonly count: number
}

/** What a scripted peer does. */
export interface Script {
  readonly answer: (asked: Asked) => Answer
  /** Takes the connection and never says a word. */
  readonly isMute?: boolean
}

interface PeerParts {
  readonly host: MemoryHost
  readonly clock: Clock
  readonly payload: Payload
  readonly script: Script
}

const KEEP_ALIVE_MS = 60_000
const CHOKE_MS = 1000

/** Starts a peer on a host; gives its address. */
export async function startScriptedPeer(parts: PeerParts): Promise<string> {
  const { port } = await parts.host.listen(6881, (stream) => {
    if (parts.script.isMute === true) stream.attach({ data: () => {}, drained: () => {}, closed: () => {} })
    else new ScriptedConnection(parts, stream).start()
  })
  return `${parts.host.ip}:${port}`
}

class ScriptedConnection {
  readonly #parts: PeerParts
  readonly #stream: ByteStream
  readonly #wire: WireEncoder = createEncoder()
  #requests = 0
  #isChoking = false
  #cancelKeepAlive: Cancel = () => {}
  #cancelUnchoke: Cancel = () => {}

  constructor(parts: PeerParts, stream: ByteStream) {
    this.#parts = parts
    this.#stream = stream
  }

  start(): void {
    const decoder = createDecoder(this.#handler(), { maxBlockLength: 131_072 })
    this.#stream.attach({
      data: (bytes) => decoder.push(bytes),
      drained: () => {},
      closed: () => {
        this.#cancelKeepAlive()
        this.#cancelUnchoke()
      },
    })
    this.#keepAlive()
  }

  #handler(): WireHandler {
    const ignore = (): undefined => undefined
    return {
      handshake: () => this.#greet(),
      request: (piece, begin, length) => this.#requested({ piece, begin, length, count: this.#requests++ }),
      keepAlive: ignore,
      choke: ignore,
      unchoke: ignore,
      interested: ignore,
      notInterested: ignore,
      have: ignore,
      bitfield: ignore,
      haveAll: ignore,
      haveNone: ignore,
      cancel: ignore,
      reject: ignore,
      suggest: ignore,
      allowedFast: ignore,
      port: ignore,
      blockBegin: ignore,
      blockEnd: ignore,
      extended: ignore,
    }
  }

  #greet(): void {
    const { host, payload } = this.#parts
    const peerId = Buffer.from(`-XX0001-${host.ip.padStart(12, '0')}`)
    this.#wire.handshake({ reserved: makeReserved({ fast: true }), infoHash: payload.metainfo.infoHash, peerId })
    this.#wire.haveAll()
    this.#wire.unchoke()
    this.#flush()
  }

  #requested(asked: Asked): void {
    const answer = this.#isChoking ? 'choke' : this.#parts.script.answer(asked)
    if (answer === 'drop') return
    if (answer === 'choke') this.#choke(asked)
    else this.#send(asked, answer)
  }

  #send({ piece, begin, length }: Asked, answer: 'send' | 'spoil' | 'hang-up'): void {
    const { bytes, metainfo } = this.#parts.payload
    const at = piece * metainfo.pieceLength + begin
    const block = bytes.slice(at, at + length)
    if (answer === 'spoil') block[0]! ^= 0xff
    this.#wire.pieceHeader(piece, begin, length)
    this.#flush()
    this.#stream.write(answer === 'hang-up' ? block.subarray(0, length >>> 1) : block)
    if (answer === 'hang-up') this.#stream.close()
  }

  #choke({ piece, begin, length }: Asked): void {
    if (!this.#isChoking) {
      this.#isChoking = true
      this.#wire.choke()
      this.#cancelUnchoke = this.#parts.clock.after(CHOKE_MS, () => {
        this.#isChoking = false
        this.#wire.unchoke()
        this.#flush()
      })
    }
    this.#wire.reject(piece, begin, length)
    this.#flush()
  }

  #keepAlive(): void {
    this.#cancelKeepAlive = this.#parts.clock.after(KEEP_ALIVE_MS, () => {
      this.#wire.keepAlive()
      this.#flush()
      this.#keepAlive()
    })
  }

  #flush(): void {
    if (this.#wire.pending > 0) this.#stream.write(this.#wire.take())
  }
}
