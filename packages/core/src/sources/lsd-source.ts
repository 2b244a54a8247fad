// One torrent on the local network.

import type { LsdAccess } from './lsd-access.ts'
import type { PeerSource, TakePeers } from './peer-source.ts'

/** What an {@link LsdSource} works for. */
export interface LsdSourceOptions {
  /** 20 bytes. */
  readonly infoHash: Uint8Array
  readonly lsd: LsdAccess
  readonly onPeers: TakePeers
  /** It is broken beyond what networks do. */
  readonly onFailed: (error: unknown) => void
}

/** Announces one torrent on the local network. */
export class LsdSource implements PeerSource {
  readonly #options: LsdSourceOptions

  constructor(options: LsdSourceOptions) {
    this.#options = options
  }

  start(): void {
    const { lsd, infoHash, onPeers, onFailed } = this.#options
    lsd.announce(infoHash, onPeers).catch(onFailed)
  }

  announceNow(): void {}

  completed(): void {}

  async stop(): Promise<void> {
    await this.#options.lsd.remove(this.#options.infoHash)
  }
}
