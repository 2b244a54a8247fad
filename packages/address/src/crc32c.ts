// CRC-32C, which two rules about addresses are made of: ids of DHT nodes (BEP 42) and the order of peers (BEP 40).

/** Castagnoli's polynomial, reflected. */
const POLYNOMIAL = 0x82f6_3b78

/**
 * The CRC-32C of `bytes`, unsigned. Bit by bit: the 32 bytes that it is used for at most do not pay for a table.
 * @example crc32c(new TextEncoder().encode('123456789')) // 0xe3069283
 */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffff_ffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
  }
  return ~crc >>> 0
}
