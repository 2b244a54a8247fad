// Message stream encryption on streams: whoever dials chooses it, whoever is dialled tells it from plain handshakes by the
// first bytes. A handshake has ten seconds, then the stream is closed; closing the stream ends the wait at once.

import { formatEndpoint } from '@ccbt/address'
import { Allowance } from '@ccbt/primitives'
import type { Cancel, Clock, Random } from '@ccbt/primitives'
import { createMse } from '@ccbt/wire-protocol'
import type { CryptoMethod, Mse, MseNegotiation, MseOutcome } from '@ccbt/wire-protocol'

import type { ByteStream } from './byte-stream.ts'
import { EncryptedStream } from './encrypted-stream.ts'
import { encryptionFailed } from './errors.ts'
import { nodeMseCrypto } from './mse-crypto.ts'
import { SendBufferPool } from './send-buffers.ts'

const HANDSHAKE_TIMEOUT_MS = 10_000
/**
 * Key exchanges that strangers may cost us: one takes 0.2 ms (bench/micro/rc4.bench.ts), so 2 % of a core; and at once,
 * for a swarm that comes back after our restart.
 */
const EXCHANGES = { burst: 200, perSecond: 100 } as const

/**
 * `required`: RC4 or nothing. `preferred`: RC4 where the other side can, else plaintext. `allowed`: plaintext where the
 * other side can, else RC4.
 */
export type EncryptionMode = 'required' | 'preferred' | 'allowed'

/** The methods of each mode, the preferred one first. */
export const ENCRYPTION_METHODS: Readonly<Record<EncryptionMode, readonly CryptoMethod[]>> = {
  required: ['rc4'],
  preferred: ['rc4', 'plaintext'],
  allowed: ['plaintext', 'rc4'],
}

/** How to encrypt a connection that we made. */
export interface OutgoingOptions {
  /** The torrent, 20 bytes. */
  readonly infoHash: Uint8Array
  readonly mode: EncryptionMode
  /** Goes with the handshake and saves a round trip: at most 65,535 bytes that the caller would write first. */
  readonly firstBytes: Uint8Array
}

/** What an incoming connection turned out to be. */
export type IncomingResult =
  /** A plain handshake; nothing of it is lost. */
  | { readonly kind: 'plain'; readonly stream: ByteStream }
  | {
      readonly kind: 'encrypted'
      readonly stream: ByteStream
      readonly infoHash: Uint8Array
      readonly method: CryptoMethod
    }
  /** The stream is closed. `busy`: too many key exchanges at the moment. */
  | { readonly kind: 'failed'; readonly reason: string }

/** How to treat a connection that somebody made to us. */
export interface IncomingOptions {
  /** The info-hash of a torrent by its {@link Encryption.torrentKey}, if it is served. */
  readonly findTorrent: (key: string) => Uint8Array | undefined
  /** Plain handshakes are taken unless it is `required`. */
  readonly mode: EncryptionMode
  /** The methods of a torrent that has some of its own. */
  readonly methodsFor?: (infoHash: Uint8Array) => readonly CryptoMethod[] | undefined
  /** Called once. */
  readonly onResult: (result: IncomingResult) => void
}

/** The encryption of all streams of a session. */
export interface Encryption {
  /**
   * Encrypts a connected stream that nobody has attached to. Rejects with TRANSPORT_ENCRYPTION_FAILED and closes it when
   * the other side does not play along: perhaps it only speaks the plain protocol, on another connection.
   */
  encryptOutgoing(stream: ByteStream, options: OutgoingOptions): Promise<ByteStream>
  /**
   * Waits for the first bytes of an accepted stream. Over 100 key exchanges a second, 200 at once, further streams that
   * ask for one are closed.
   */
  acceptMaybeEncrypted(stream: ByteStream, options: IncomingOptions): void
  /** The name by which encrypted handshakes ask for a torrent. */
  torrentKey(infoHash: Uint8Array): string
}

/**
 * One per session. Keys and padding come from `random`: whoever wants them to be secret gives it the system's generator.
 * @example
 * const encryption = createEncryption(clock, random)
 * const encrypted = await encryption.encryptOutgoing(stream, { infoHash, mode: 'required', firstBytes: handshake })
 */
export function createEncryption(clock: Clock, random: Random): Encryption {
  const mse = createMse((prime) => nodeMseCrypto(prime, random))
  const shared = { clock, mse, pool: new SendBufferPool(), exchanges: new Allowance(clock, EXCHANGES) }
  return {
    encryptOutgoing: (stream, options) => encryptOutgoing(shared, stream, options),
    acceptMaybeEncrypted: (stream, options) => acceptMaybeEncrypted(shared, stream, options),
    torrentKey: (infoHash) => mse.torrentKey(infoHash),
  }
}

interface Shared {
  readonly clock: Clock
  readonly mse: Mse
  readonly pool: SendBufferPool
  readonly exchanges: Allowance
}

/** The end of a handshake, or of the connection before that. */
type Outcome = Exclude<MseOutcome, { kind: 'failed' }> | { readonly kind: 'failed'; readonly reason: string }

function encryptOutgoing(shared: Shared, stream: ByteStream, options: OutgoingOptions): Promise<ByteStream> {
  const { infoHash, mode, firstBytes } = options
  const endpoint = formatEndpoint(stream.remote)
  const initiator = shared.mse.initiate({ infoHash, methods: ENCRYPTION_METHODS[mode], firstBytes })
  const { promise, resolve, reject } = Promise.withResolvers<ByteStream>()
  negotiate(shared.clock, stream, initiator, (outcome) => {
    if (outcome.kind === 'failed') reject(encryptionFailed(endpoint, outcome.reason))
    else resolve(new EncryptedStream(stream, outcome, shared.pool))
  })
  stream.write(initiator.opening)
  return promise
}

function acceptMaybeEncrypted(shared: Shared, stream: ByteStream, options: IncomingOptions): void {
  const { findTorrent, mode, methodsFor, onResult } = options
  const receiver = shared.mse.receive({
    methods: ENCRYPTION_METHODS[mode],
    allowsPlain: mode !== 'required',
    findTorrent,
    ...(methodsFor && { methodsFor }),
    mayExchange: () => shared.exchanges.take(),
  })
  negotiate(shared.clock, stream, receiver, (outcome) => {
    if (outcome.kind === 'failed') {
      onResult(outcome)
      return
    }
    const taken = new EncryptedStream(stream, outcome, shared.pool)
    if (outcome.kind === 'plain') onResult({ kind: 'plain', stream: taken })
    else onResult({ kind: 'encrypted', stream: taken, infoHash: outcome.infoHash, method: outcome.method })
  })
}

/** Lets the two sides talk until `settle` gets the outcome, once; a stream whose handshake failed is closed. */
function negotiate(
  clock: Clock,
  stream: ByteStream,
  negotiation: MseNegotiation,
  settle: (outcome: Outcome) => void,
): void {
  let cancel: Cancel | undefined
  const finish = (outcome: Outcome): void => {
    if (cancel === undefined) return
    cancel()
    cancel = undefined
    if (outcome.kind === 'failed') stream.close()
    settle(outcome)
  }
  cancel = clock.after(HANDSHAKE_TIMEOUT_MS, () => finish({ kind: 'failed', reason: 'timed out' }))
  stream.attach({
    data(bytes) {
      if (cancel === undefined) return
      const step = negotiation.push(bytes)
      if ('send' in step && step.send.length > 0) stream.write(step.send)
      if (step.kind !== 'more') finish(step)
    },
    drained: () => {},
    closed: () => finish({ kind: 'failed', reason: 'connection lost' }),
  })
}
