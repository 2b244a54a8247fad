// Local service discovery of a session: one pair of sockets for all torrents, opened with the first that may use it.

import type { Endpoint } from '@ccbt/address'
import type { Lsd, LsdOptions } from '@ccbt/discovery'
import { toHex } from '@ccbt/primitives'

import type { TakePeers } from './peer-source.ts'

/** Finds peers on the local network. */
export class LsdAccess implements AsyncDisposable {
  readonly #options: Omit<LsdOptions, 'sink'>
  readonly #takers = new Map<string, TakePeers>()
  #opened: Promise<Lsd> | undefined

  constructor(options: Omit<LsdOptions, 'sink'>) {
    this.#options = options
  }

  /** Announces a torrent from now on and hands over who else has it. */
  async announce(infoHash: Uint8Array, onPeers: TakePeers): Promise<void> {
    this.#takers.set(toHex(infoHash), onPeers)
    this.#opened ??= this.#open()
    const lsd = await this.#opened
    if (this.#takers.has(toHex(infoHash))) lsd.announce(infoHash)
  }

  async remove(infoHash: Uint8Array): Promise<void> {
    this.#takers.delete(toHex(infoHash))
    const lsd = await this.#opened
    lsd?.remove(infoHash)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const lsd = await this.#opened
    await lsd?.[Symbol.asyncDispose]()
  }

  async #open(): Promise<Lsd> {
    const { createLsd } = await import('@ccbt/discovery')
    const sink = (infoHash: Uint8Array, peer: Endpoint): void => this.#takers.get(toHex(infoHash))?.([peer])
    return createLsd({ ...this.#options, sink })
  }
}
