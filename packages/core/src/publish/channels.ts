// The channels of a session: which connection belongs to which.

import { CcbtError, toHex } from '@ccbt/primitives'
import type { ByteStream } from '@ccbt/transport'

import { OpenChannel } from './channel.ts'
import type { Channel, ChannelOptions, ChannelParts } from './channel.ts'

/** Opens channels and gives them their connections. */
export class Channels implements Disposable {
  readonly #parts: ChannelParts
  readonly #open = new Map<string, OpenChannel>()

  constructor(parts: ChannelParts) {
    this.#parts = parts
  }

  /** Rejects with CHANNEL_DUPLICATE. */
  async open(options: ChannelOptions): Promise<Channel> {
    const channel = await OpenChannel.open(options, this.#parts)
    const key = toHex(channel.infoHash)
    if (this.#open.has(key)) {
      channel[Symbol.dispose]()
      const message = 'this key is followed by this session already'
      throw new CcbtError('CHANNEL_DUPLICATE', message, { blame: 'input', context: {} })
    }
    this.#open.set(key, channel)
    this.#parts.network.serve(key)
    const close = (): void => {
      if (!this.#open.delete(key)) return
      this.#parts.network.forget(key)
      channel[Symbol.dispose]()
    }
    return {
      get newest() {
        return channel.newest
      },
      get followers() {
        return channel.followers
      },
      show: (item) => channel.show(item),
      [Symbol.dispose]: close,
    }
  }

  /** Takes an accepted stream that names this hash; false when no channel has it or takes it. */
  adopt(infoHash: Uint8Array, stream: ByteStream, head: Uint8Array): boolean {
    return this.#open.size > 0 && (this.#open.get(toHex(infoHash))?.adopt(stream, head) ?? false)
  }

  [Symbol.dispose](): void {
    for (const channel of this.#open.values()) channel[Symbol.dispose]()
    this.#open.clear()
  }
}
