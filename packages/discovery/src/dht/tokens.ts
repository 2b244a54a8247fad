// Write tokens (BEP 5): whoever presents one has received a datagram at its address within the last ten minutes. A token
// is good for one address and one target, so that one question does not allow a million announces.

import { createHmac, timingSafeEqual } from 'node:crypto'

import type { Clock, Random } from '@ccbt/primitives'
import { writeU32 } from '@ccbt/primitives'

/** A secret is used for new tokens this long and accepted for as long again. */
const SECRET_LIFETIME_MS = 5 * 60_000
const SECRET_BYTES = 16
/** 64 bits cannot be guessed at five tries per second. */
const TOKEN_BYTES = 8

/** Makes and checks tokens. */
export class Tokens {
  readonly #clock: Clock
  readonly #random: Random
  #current: Uint8Array
  #previous: Uint8Array
  #rotatedAt: number

  constructor(clock: Clock, random: Random) {
    this.#clock = clock
    this.#random = random
    this.#current = this.#secret()
    this.#previous = this.#secret()
    this.#rotatedAt = clock.now()
  }

  /** The token for `host` to write to `target`. */
  make(host: string, target: Uint8Array): Uint8Array {
    this.#rotate()
    return tokenOf(this.#current, host, target)
  }

  /** Whether `token` was made for the same host and target not longer than ten minutes ago. */
  isValid(token: Uint8Array, host: string, target: Uint8Array): boolean {
    this.#rotate()
    if (token.length !== TOKEN_BYTES) return false
    return [this.#current, this.#previous].some((secret) => timingSafeEqual(tokenOf(secret, host, target), token))
  }

  #rotate(): void {
    const age = this.#clock.now() - this.#rotatedAt
    if (age < SECRET_LIFETIME_MS) return
    this.#previous = age < 2 * SECRET_LIFETIME_MS ? this.#current : this.#secret()
    this.#current = this.#secret()
    this.#rotatedAt = this.#clock.now()
  }

  #secret(): Uint8Array {
    const secret = new Uint8Array(SECRET_BYTES)
    for (let at = 0; at < SECRET_BYTES; at += 4) writeU32(secret, at, this.#random.u32())
    return secret
  }
}

function tokenOf(secret: Uint8Array, host: string, target: Uint8Array): Uint8Array {
  return createHmac('sha1', secret).update(target).update(host).digest().subarray(0, TOKEN_BYTES)
}
