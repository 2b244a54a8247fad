import type { PeerAddress } from './peer-address.ts'

/** Takes addresses of peers from wherever they are found. */
export interface PeerSink {
  /** `source` names the kind of place: `tracker`. Repeats are normal. */
  peers(source: string, addresses: readonly PeerAddress[]): void
}
