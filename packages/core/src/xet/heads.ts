// Heads: signed items that say which torrent is the newest version of something (BEP 46), as peers push them. Only those of
// keys that somebody here follows are looked at, and only one that is newer and right is told of, so that none goes round
// for ever.

import type { MutableItem, verifyItem } from '@ccbt/discovery'
import { toHex } from '@ccbt/primitives'
import type { XetMessage } from '@ccbt/wire-protocol'

/** Whose heads are wanted. */
export interface Followed {
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array
  readonly salt: Uint8Array
  /** Only a higher sequence number is told of. */
  readonly seq: number
}

interface Follower {
  seq: number
  readonly onHead: (item: MutableItem) => void
}

/** What peers push. */
export class Heads {
  readonly #followers = new Map<string, Set<Follower>>()
  /** Loaded with the first follower: most sessions have none. */
  #verify: typeof verifyItem | undefined

  /** Tells of newer heads of a key until the returned function is called. */
  async follow({ publicKey, salt, seq }: Followed, onHead: (item: MutableItem) => void): Promise<() => void> {
    this.#verify ??= (await import('@ccbt/discovery')).verifyItem
    const key = keyOf(publicKey, salt)
    const follower = { seq, onHead }
    const followers = this.#followers.get(key) ?? new Set()
    this.#followers.set(key, followers.add(follower))
    return () => {
      followers.delete(follower)
      if (followers.size === 0) this.#followers.delete(key)
    }
  }

  /** A peer has pushed a head: `forged` when nobody with the key has signed it. */
  received(message: Extract<XetMessage, { type: 'head' }>): 'told' | 'useless' | 'forged' {
    const followers = this.#followers.get(keyOf(message.publicKey, message.salt))
    const waiting = Array.from(followers ?? []).filter(({ seq }) => seq < message.seq)
    if (waiting.length === 0) return 'useless'
    const item: MutableItem = {
      kind: 'mutable',
      publicKey: message.publicKey.slice(),
      salt: message.salt.slice(),
      seq: message.seq,
      value: message.value.slice(),
      signature: message.signature.slice(),
    }
    if (this.#verify?.(item) !== true) return 'forged'
    for (const follower of waiting) {
      follower.seq = item.seq
      follower.onHead(item)
    }
    return 'told'
  }
}

function keyOf(publicKey: Uint8Array, salt: Uint8Array): string {
  return `${toHex(publicKey)} ${toHex(salt)}`
}
