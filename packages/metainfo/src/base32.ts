// Base32 as old magnet links write info-hashes (RFC 4648, no padding, either case).

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'

/** The bytes of a base32 text whose length is a multiple of 8, or `undefined` when it is none. */
export function fromBase32(text: string): Uint8Array | undefined {
  if (text.length % 8 !== 0) return undefined
  const out = new Uint8Array((text.length / 8) * 5)
  let bits = 0
  let pending = 0
  let at = 0
  for (const char of text.toLowerCase()) {
    const digit = ALPHABET.indexOf(char)
    if (digit < 0) return undefined
    pending = ((pending << 5) | digit) & 0xfff
    bits += 5
    if (bits < 8) continue
    bits -= 8
    out[at++] = pending >> bits
  }
  return out
}
