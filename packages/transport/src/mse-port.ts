// What the transport asks of message stream encryption: the shape of `createMse` of the wire protocol, which the session
// puts in, so that the protocol's state machines and these sockets know nothing of each other.

/** How the payload travels after an encrypted handshake. */
export type CryptoMethod = 'plaintext' | 'rc4'

/** Cryptography that the protocol is given. */
export interface MseCrypto {
  sha1(bytes: Uint8Array): Uint8Array
  /** `publicKey ^ privateKey` modulo the prime, as long as the prime. */
  exchange(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array
  randomBytes(count: number): Uint8Array
}

/** One direction of an encrypted stream, from `input` to `output` of the same length. */
export interface OutgoingCipher {
  apply(input: Uint8Array, output: Uint8Array): void
}

/** The other direction: decrypts where the bytes are. */
export interface IncomingCipher {
  apply(bytes: Uint8Array): void
}

/** What received bytes lead to. */
export type MseStep =
  | { readonly kind: 'more'; readonly send: Uint8Array }
  | {
      readonly kind: 'agreed'
      readonly send: Uint8Array
      readonly method: CryptoMethod
      readonly infoHash: Uint8Array
      readonly incoming?: IncomingCipher
      readonly outgoing?: OutgoingCipher
      readonly payload: Uint8Array
    }
  | { readonly kind: 'plain'; readonly payload: Uint8Array }
  | { readonly kind: 'failed'; readonly reason: string }

/** One side of a handshake; leaves the bytes that it is given as they are. */
export interface MseNegotiation {
  push(data: Uint8Array): MseStep
}

/** Both sides of the protocol. */
export interface Mse {
  initiate(options: {
    readonly infoHash: Uint8Array
    readonly methods: readonly CryptoMethod[]
    readonly firstBytes: Uint8Array
  }): MseNegotiation & { readonly opening: Uint8Array }
  receive(options: {
    readonly methods: readonly CryptoMethod[]
    readonly allowsPlain: boolean
    readonly findTorrent: (key: string) => Uint8Array | undefined
    readonly mayExchange: () => boolean
  }): MseNegotiation
  torrentKey(infoHash: Uint8Array): string
}

/** Makes the protocol over the cryptography that `cryptoFor` gives for its prime. */
export type CreateMse = (cryptoFor: (prime: Uint8Array) => MseCrypto) => Mse
