// Byte helpers that work without node:buffer, so that the pure packages can use them.

const HEX = Array.from({ length: 256 }, (_, n) => n.toString(16).padStart(2, '0'))

/** Lower-case hexadecimal of `bytes`. Written out: a start of thousands of torrents makes some 10 texts for each. */
export function toHex(bytes: Uint8Array): string {
  const pairs: string[] = []
  for (let i = 0; i < bytes.length; i++) pairs.push(HEX[bytes[i] ?? 0] ?? '')
  // Joined, not added up: a sum of strings keeps every step of it, and hashes are kept by the thousand.
  return pairs.join('')
}

/** The bytes of a hexadecimal string, or `undefined` when it is not one. */
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined
  const out = new Uint8Array(text.length / 2)
  for (let i = 0; i < out.length; i++) out[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16)
  return out
}

/** Whether both have the same bytes. */
export function bytesEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** One array with the bytes of all `parts`. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const out = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** Big-endian unsigned 32-bit integer at `at`; the caller has checked the bounds. */
export function readU32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
}

/** Writes a big-endian unsigned 32-bit integer at `at`. */
export function writeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}
