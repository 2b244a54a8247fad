// The few facts of the peer wire (BEP 3) that the benchmark's own seeder and sinks need.

/** Bytes that clients ask for in one request. */
export const BLOCK_BYTES = 16 * 1024
/** Length, id, piece and begin in front of a block. */
export const PIECE_HEADER_BYTES = 13
/** The first message of each side. */
export const HANDSHAKE_BYTES = 68

const PROTOCOL = Buffer.from('\u0013BitTorrent protocol')

/** Whether these bytes begin like a handshake; what is encrypted does not. */
export function isPlainHandshake(bytes: Buffer): boolean {
  return bytes.subarray(0, PROTOCOL.length).equals(PROTOCOL)
}

/** A handshake that claims the extension protocol (BEP 10) and nothing else. `peerId` has 20 characters. */
export function handshake(infoHash: string, peerId: string): Buffer {
  const reserved = Buffer.from([0, 0, 0, 0, 0, 0x10, 0, 0])
  return Buffer.concat([PROTOCOL, reserved, Buffer.from(infoHash, 'hex'), Buffer.from(peerId)])
}
