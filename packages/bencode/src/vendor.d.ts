// The part of npm `bencode` 4.0.1 that this package and its differential test use; it ships no types.
declare module 'bencode' {
  const bencode: { encode(value: unknown): Uint8Array; decode(bytes: Uint8Array): unknown }
  export default bencode
}
