// Accepted streams before their handshakes are complete: first the encrypted one, if there is one, then that of the
// protocol; then the torrent gets the stream with what was read. Bounded in number and time; at the bound the one that
// has waited longest makes room, because an honest peer waits two round trips.

import { bytesEqual, readU32 } from '@ccbt/primitives'
import type { Cancel, Clock } from '@ccbt/primitives'
import { ENCRYPTION_METHODS } from '@ccbt/transport'
import type { ByteStream, Encryption, IncomingOptions, IncomingResult, StreamHandler } from '@ccbt/transport'
import { HANDSHAKE_BYTES } from '@ccbt/wire-protocol'

import { admits } from './encryption-policy.ts'
import type { EncryptionPolicy } from './encryption-policy.ts'

const HANDSHAKE_TIMEOUT_MS = 10_000
const MAX_PENDING = 200
/** "\x13Bit": the first bytes of a plain handshake. */
const PLAIN_START = 0x13426974

/** What a waiting room needs. */
export interface IncomingParts {
  readonly clock: Clock
  readonly policy: EncryptionPolicy
  readonly encryption: Pick<Encryption, 'acceptMaybeEncrypted'>
  /** The policy of a torrent that has one of its own. */
  readonly policyFor: (infoHash: Uint8Array) => EncryptionPolicy | undefined
  /** The infohash of a torrent by the name that encrypted handshakes give it. */
  readonly findTorrent: (key: string) => Uint8Array | undefined
  /** Takes the stream over; false when there is no such torrent or no place. `head` is what was read so far. */
  readonly route: (infoHash: Uint8Array, stream: ByteStream, head: Uint8Array) => boolean
}

/** Streams whose handshakes are not complete yet. */
export class Incoming {
  readonly #parts: IncomingParts
  /** By the stream as it was accepted. */
  readonly #pending = new Map<ByteStream, Cancel>()

  constructor(parts: IncomingParts) {
    this.#parts = parts
  }

  accept(stream: ByteStream): void {
    const { clock, policy, policyFor, encryption, findTorrent } = this.#parts
    if (this.#pending.size >= MAX_PENDING) this.#closeOldest()
    this.#pending.set(
      stream,
      clock.after(HANDSHAKE_TIMEOUT_MS, () => stream.close()),
    )
    if (policy === 'disabled') {
      this.#read({ accepted: stream, stream })
      return
    }
    const onResult = (result: IncomingResult): void => this.#negotiated(stream, result)
    encryption.acceptMaybeEncrypted(stream, { findTorrent, mode: policy, methodsFor: methodsBy(policyFor), onResult })
  }

  /** Closes all of them. */
  stop(): void {
    for (const [stream, cancel] of this.#pending) {
      cancel()
      stream.close()
    }
    this.#pending.clear()
  }

  #negotiated(accepted: ByteStream, result: IncomingResult): void {
    if (result.kind === 'failed') this.#settle(accepted)
    else this.#read({ accepted, ...result })
  }

  #read(arrival: Arrival): void {
    arrival.stream.attach(this.#reader(arrival))
  }

  #reader({ accepted, stream, infoHash }: Arrival): StreamHandler {
    let head = new Uint8Array(0)
    return {
      data: (bytes) => {
        const grown = new Uint8Array(head.length + bytes.length)
        grown.set(head)
        grown.set(bytes, head.length)
        head = grown
        if (head.length >= 4 && readU32(head, 0) !== PLAIN_START) stream.close()
        else if (head.length >= HANDSHAKE_BYTES) this.#hand({ accepted, stream, infoHash }, head)
      },
      drained: () => {},
      closed: () => this.#settle(accepted),
    }
  }

  #hand({ accepted, stream, infoHash }: Arrival, head: Uint8Array): void {
    this.#settle(accepted)
    const asked = head.subarray(28, 48)
    // Who knows of one torrent is not to find out by it which others there are.
    const isConsistent = infoHash === undefined || bytesEqual(infoHash, asked)
    const policy = this.#parts.policyFor(asked)
    const isAdmitted = isConsistent && (policy === undefined || admits(policy, stream))
    if (!isAdmitted || !this.#parts.route(asked, stream, head)) stream.close()
  }

  #closeOldest(): void {
    for (const stream of this.#pending.keys()) {
      this.#settle(stream)
      stream.close()
      return
    }
  }

  #settle(accepted: ByteStream): void {
    this.#pending.get(accepted)?.()
    this.#pending.delete(accepted)
  }
}

function methodsBy(policyFor: IncomingParts['policyFor']): NonNullable<IncomingOptions['methodsFor']> {
  return (infoHash) => {
    const policy = policyFor(infoHash)
    if (policy === undefined) return undefined
    return policy === 'disabled' ? ['plaintext'] : ENCRYPTION_METHODS[policy]
  }
}

/** A stream that may be told apart from the one that was accepted: what it carries is decrypted. */
interface Arrival {
  readonly accepted: ByteStream
  readonly stream: ByteStream
  /** The torrent that an encrypted handshake asked for. */
  readonly infoHash?: Uint8Array | undefined
}
