// What a connection to a peer looks like from above, whatever carries it. Bytes arrive as views of one receive buffer
// that is shared by all connections: a handler uses them before it returns and keeps none.

import type { Endpoint } from '@ccbt/address'
import type { CcbtError } from '@ccbt/primitives'

/** Receives what happens on a stream; set once with {@link ByteStream.attach}. */
export interface StreamHandler {
  /** Received bytes: a view, valid until this returns. */
  data(bytes: Uint8Array): void
  /** Everything written so far is with the kernel. */
  drained(): void
  /** The stream has ended; called once, after it nothing is called. */
  closed(error?: CcbtError): void
}

/** What carries a stream over the network. */
export type Transport = 'tcp' | 'utp'

/** A two-way byte stream to a peer. */
export interface ByteStream {
  readonly transport: Transport
  /** What is written cannot be read on the way. */
  readonly isEncrypted: boolean
  readonly remote: Endpoint
  /** The local end of the connection. */
  readonly local: Endpoint
  /** Starts reading into `handler`. A second call hands the stream over to another handler. */
  attach(handler: StreamHandler): void
  /** Sends bytes; they must not change until they are with the kernel. False: wait for `drained` before much more. */
  write(bytes: Uint8Array): boolean
  /** Collects the writes until `uncork` into one system call. */
  cork(): void
  uncork(): void
  /** Bytes written so far. */
  readonly writtenBytes: number
  /** Bytes written and not yet with the kernel: the first `writtenBytes - queuedBytes` are no longer looked at. */
  readonly queuedBytes: number
  /** Stops reading, after one more read at most; the kernel's buffers then hold the peer back. */
  pause(): void
  resume(): void
  /** Ends the stream at once; `closed` follows. */
  close(): void
}
