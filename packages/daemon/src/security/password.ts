// The password of remote control: made by us, kept as a scrypt hash. Hashing is slow and takes 32 MiB on purpose, so only one
// is computed at a time and few may wait; a password that was right is recognized by a fast digest under a key of this
// process from then on, because remote clients send it with every request.

import { createHmac, randomBytes, randomInt, scrypt, timingSafeEqual } from 'node:crypto'

/** OWASP's cheat sheet for 32 MiB: N = 2^15, r = 8, p = 3. About 0.3 s. */
const COST = { N: 32_768, r: 8, p: 3, maxmem: 67_108_864 } as const
const HASH_BYTES = 32
const MAX_PASSWORD_LENGTH = 1024
/** 20 of 55 signs: 115 bits. Without those that look alike. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'
const GENERATED_LENGTH = 20

/** A new password, to be shown once. */
export function generatePassword(): string {
  return Array.from({ length: GENERATED_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
}

/** What is kept of a password. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const hash = await derive(password, salt)
  return `scrypt$${salt.toString('base64')}$${hash.toString('base64')}`
}

/** How a comparison went; `busy`: too many others wait, ask later. */
export type PasswordVerdict = 'right' | 'wrong' | 'busy'

const MAX_WAITING = 8

/** Compares passwords with a hash. */
export class PasswordCheck {
  readonly #key = randomBytes(32)
  #known: { readonly hash: string; readonly digest: Buffer } | undefined
  #waiting = 0
  #last: Promise<unknown> = Promise.resolve()

  /** `hash` is what {@link hashPassword} gave; undefined = there is no password, and none is right. */
  async compare(password: string, hash: string | undefined): Promise<PasswordVerdict> {
    if (hash === undefined || password.length > MAX_PASSWORD_LENGTH) return 'wrong'
    const digest = createHmac('sha256', this.#key).update(password).digest()
    if (this.#known?.hash === hash && timingSafeEqual(this.#known.digest, digest)) return 'right'
    if (this.#waiting >= MAX_WAITING) return 'busy'
    this.#waiting++
    const work = this.#last.then(() => isSame(password, hash))
    this.#last = work.catch(() => {}) // whoever waits for this one gets its failure
    try {
      if (!(await work)) return 'wrong'
      this.#known = { hash, digest }
      return 'right'
    } finally {
      this.#waiting--
    }
  }
}

async function isSame(password: string, hash: string): Promise<boolean> {
  const [kind, salt = '', expected = ''] = hash.split('$')
  const bytes = Buffer.from(expected, 'base64')
  if (kind !== 'scrypt' || bytes.length !== HASH_BYTES) return false
  return timingSafeEqual(await derive(password, Buffer.from(salt, 'base64')), bytes)
}

function derive(password: string, salt: Buffer): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  scrypt(password.normalize('NFC'), salt, HASH_BYTES, COST, (error, key) => {
    if (error === null) resolve(key)
    else reject(error)
  })
  return promise
}
