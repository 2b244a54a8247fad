// One torrent on the local network.

import type { SourceSnapshot } from '../snapshot.ts'
import type { LsdAccess } from './lsd-access.ts'
import type { OpenSource, TakePeers } from './peer-source.ts'

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
export class LsdSource implements OpenSource {
  readonly #options: LsdSourceOptions
  #peersReceived = 0

  constructor(options: LsdSourceOptions) {
    this.#options = options
  }

  start(): void {
    const { lsd, infoHash, onPeers, onFailed } = this.#options
    const take: TakePeers = (addresses) => {
      this.#peersReceived += addresses.length
      onPeers(addresses)
    }
    lsd.announce(infoHash, take).catch(onFailed)
  }

  announceNow(): void {}

  completed(): void {}

  /** When it is announced next is decided for all torrents together. */
  describe(): SourceSnapshot {
    return { kind: 'lsd', state: 'idle', peersReceived: this.#peersReceived }
  }

  async stop(): Promise<void> {
    await this.#options.lsd.remove(this.#options.infoHash)
  }
}
