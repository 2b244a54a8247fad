// The session's connections to peers: listens and dials, encrypts both ways, and hands every stream on at the point where
// the plain protocol begins. All torrents share it.

import type { Endpoint } from '@ccbt/address'
import { isCcbtError, toHex } from '@ccbt/primitives'
import type { Clock, Random } from '@ccbt/primitives'
import { createEncryption } from '@ccbt/transport'
import type { ByteStream, DialOptions, Encryption, Listener, SocketFactory } from '@ccbt/transport'

import type { SessionObserver } from '../stats/observer.ts'
import type { EncryptionPolicy } from './encryption-policy.ts'
import { Incoming } from './incoming.ts'
import type { IncomingParts } from './incoming.ts'

/** What the network is made of. */
export interface PeerNetworkParts {
  readonly clock: Clock
  readonly random: Random
  readonly sockets: SocketFactory
  /** Whether peers can be dialled over uTP alone. */
  readonly usesUtp: boolean
  readonly policy: EncryptionPolicy
  /** Whose connections are closed at once. */
  readonly isRefused: (host: string) => boolean
  /** See {@link IncomingParts.route}. */
  readonly route: IncomingParts['route']
  /** Hears how attempts to connect end. */
  readonly observer?: Pick<SessionObserver, 'dialed'>
}

/** Whom to dial for which torrent, and how. */
export interface Call extends DialOptions {
  readonly endpoint: Endpoint
  /** 20 bytes, as on the wire. */
  readonly infoHash: Uint8Array
  /** Our handshake: goes out before anything else. */
  readonly greeting: Uint8Array
  readonly isEncrypted: boolean
  /** That of the torrent; absent = that of the network. */
  readonly policy?: EncryptionPolicy
}

/** The network as torrents have it. */
export type TorrentNetwork = Pick<PeerNetwork, 'policy' | 'usesUtp' | 'dial'>

/** The way to and from all peers. */
export class PeerNetwork {
  readonly policy: EncryptionPolicy
  readonly usesUtp: boolean
  readonly #clock: Clock
  readonly #sockets: SocketFactory
  readonly #encryption: Encryption
  readonly #incoming: Incoming
  readonly #isRefused: (host: string) => boolean
  readonly #observer: PeerNetworkParts['observer']
  /** The torrents that we have, by the name that encrypted handshakes give them. */
  readonly #torrents = new Map<string, Uint8Array>()
  /** Of the torrents that have one of their own, by infohash. */
  readonly #policies = new Map<string, EncryptionPolicy>()
  #listener: Listener | undefined

  constructor({ clock, random, sockets, usesUtp, policy, isRefused, route, observer }: PeerNetworkParts) {
    this.policy = policy
    this.#clock = clock
    this.#observer = observer
    this.usesUtp = usesUtp
    this.#isRefused = isRefused
    this.#sockets = sockets
    this.#encryption = createEncryption(clock, random)
    this.#incoming = new Incoming({
      clock,
      route,
      policy,
      encryption: this.#encryption,
      policyFor: (infoHash) => (this.#policies.size === 0 ? undefined : this.#policies.get(toHex(infoHash))),
      findTorrent: (key) => this.#torrents.get(key),
    })
  }

  /** The port that peers reach us at; 0 before {@link PeerNetwork.listen}. */
  get port(): number {
    return this.#listener?.port ?? 0
  }

  /** Rejects with TRANSPORT_LISTEN_FAILED. */
  async listen(port: number): Promise<void> {
    this.#listener = await this.#sockets.listen(port, (stream) => {
      if (this.#isRefused(stream.remote.host)) stream.close()
      else this.#incoming.accept(stream)
    })
  }

  /** Encrypted connections may ask for this torrent from now on; `infoHash` is hexadecimal. */
  serve(infoHash: string, policy: EncryptionPolicy = this.policy): void {
    const bytes = Buffer.from(infoHash, 'hex')
    if (policy !== this.policy) this.#policies.set(infoHash, policy)
    this.#torrents.set(this.#encryption.torrentKey(bytes), bytes)
  }

  /** The end of {@link PeerNetwork.serve}. */
  forget(infoHash: string): void {
    this.#policies.delete(infoHash)
    this.#torrents.delete(this.#encryption.torrentKey(Buffer.from(infoHash, 'hex')))
  }

  /** The same network for what a torrent dials that has a policy of its own. */
  withPolicy(policy: EncryptionPolicy): TorrentNetwork {
    return { policy, usesUtp: this.usesUtp, dial: (call) => this.dial({ ...call, policy }) }
  }

  /**
   * A stream on which our handshake has been sent. Rejects with TRANSPORT_CONNECT_FAILED, or TRANSPORT_ENCRYPTION_FAILED
   * when the peer does not take the encrypted handshake.
   */
  async dial(call: Call): Promise<ByteStream> {
    const observer = this.#observer
    if (observer === undefined) return await this.#dial(call)
    const startedAtMs = this.#clock.now()
    try {
      const stream = await this.#dial(call)
      observer.dialed('connected', this.#clock.now() - startedAtMs)
      return stream
    } catch (error) {
      const isRefusal = isCcbtError(error, 'TRANSPORT_ENCRYPTION_FAILED')
      const result = isRefusal ? 'encryption-refused' : 'unreachable'
      if (!call.signal.aborted) observer.dialed(result, this.#clock.now() - startedAtMs)
      throw error
    }
  }

  async #dial({
    endpoint,
    infoHash,
    greeting,
    isEncrypted,
    policy = this.policy,
    ...options
  }: Call): Promise<ByteStream> {
    const stream = await this.#sockets.dial(endpoint, options)
    if (!isEncrypted) {
      stream.write(greeting)
      return stream
    }
    const onAbort = (): void => stream.close()
    options.signal.addEventListener('abort', onAbort, { once: true })
    try {
      const mode = policy === 'disabled' ? 'allowed' : policy
      return await this.#encryption.encryptOutgoing(stream, { infoHash, mode, firstBytes: greeting })
    } finally {
      options.signal.removeEventListener('abort', onAbort)
    }
  }

  /** Takes no more connections; those that are there live on. */
  async stopListening(): Promise<void> {
    this.#incoming.stop()
    await this.#listener?.close()
  }
}
