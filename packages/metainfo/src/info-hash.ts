// The 20 bytes by which a torrent is known in handshakes, to trackers and in the DHT.

/** Length of an info-hash on the wire. */
const WIRE_LENGTH = 20

/**
 * An info-hash as the wire carries it: a v2 hash of 32 bytes cut to its first 20 (BEP 52). A copy.
 * @example wireInfoHash(metainfo.infoHashV2)
 */
export function wireInfoHash(infoHash: Uint8Array): Uint8Array {
  return infoHash.slice(0, WIRE_LENGTH)
}

/**
 * The info-hashes of the swarms of a torrent or magnet link, 20 bytes each: a hybrid has two, that of v1 first.
 * @example swarmHashes(parseMagnet(uri)).map((infoHash) => tracker.announce(infoHash))
 */
export function swarmHashes({
  infoHashV1,
  infoHashV2,
}: {
  readonly infoHashV1?: Uint8Array
  readonly infoHashV2?: Uint8Array
}): Uint8Array[] {
  return [infoHashV1, infoHashV2].flatMap((infoHash) => (infoHash === undefined ? [] : [wireInfoHash(infoHash)]))
}
