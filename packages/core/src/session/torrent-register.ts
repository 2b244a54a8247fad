// The torrents of a session, each to be found by any of its hashes. Whoever is in the register may be asked for by peers:
// the network knows the same hashes.

import { toHex } from '@ccbt/primitives'

import type { TorrentLimits } from '../limit/session-limits.ts'
import type { ManagedTorrent } from './managed-torrent.ts'
import type { EncryptionPolicy } from '../peer/encryption-policy.ts'
import type { PeerNetwork } from '../peer/peer-network.ts'

/** A torrent, and what its session has decided about it. */
export interface RegisteredTorrent {
  readonly torrent: ManagedTorrent
  readonly limits: TorrentLimits
  readonly policy: EncryptionPolicy
}

/** All torrents of a session; the key of one is the hash that it was added with, as hexadecimal. */
export class TorrentRegister {
  readonly #network: Pick<PeerNetwork, 'serve' | 'forget'>
  readonly #torrents = new Map<string, RegisteredTorrent>()
  /** Further hashes of torrents that have two, and the one that they are kept by. */
  readonly #aliases = new Map<string, string>()

  constructor(network: Pick<PeerNetwork, 'serve' | 'forget'>) {
    this.#network = network
  }

  get(key: string): RegisteredTorrent | undefined {
    return this.#torrents.get(key)
  }

  /** The torrent with this hash, be it one of two. */
  find(infoHash: Uint8Array): ManagedTorrent | undefined {
    const key = toHex(infoHash)
    return this.#torrents.get(this.#aliases.get(key) ?? key)?.torrent
  }

  /** In the order in which they were added. */
  list(): ManagedTorrent[] {
    return Array.from(this.#torrents.values(), ({ torrent }) => torrent)
  }

  add(key: string, entry: RegisteredTorrent): void {
    this.#torrents.set(key, entry)
    this.noteHashes(key)
  }

  /** Its metadata is known, and with it perhaps another hash. */
  noteHashes(key: string): void {
    const entry = this.#torrents.get(key)
    for (const infoHash of entry?.torrent.infoHashes ?? []) {
      if (infoHash !== key) this.#aliases.set(infoHash, key)
      this.#network.serve(infoHash, entry?.policy)
    }
  }

  remove(key: string): void {
    for (const infoHash of this.#torrents.get(key)?.torrent.infoHashes ?? []) {
      this.#aliases.delete(infoHash)
      this.#network.forget(infoHash)
    }
    this.#torrents.delete(key)
  }
}
