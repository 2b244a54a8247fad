// Percent encoding of bytes and back (RFC 3986).

const UNRESERVED = /[A-Za-z0-9._~-]/
const ENCODED = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte)
  return UNRESERVED.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
})

const UTF8 = new TextEncoder()

/** Every byte that is no unreserved character, encoded once. */
export function percentEncode(bytes: Uint8Array): string {
  let out = ''
  for (const byte of bytes) out += ENCODED[byte]
  return out
}

/** One component of a path: the bytes of `text` in UTF-8, encoded; a slash or a percent sign is a byte like others. */
export function encodeComponent(text: string): string {
  return percentEncode(UTF8.encode(text))
}

/** The bytes of an ASCII text, one per character; percent signs that encode nothing stay as they are. */
export function percentDecode(text: string): Uint8Array {
  const decoded = text.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Uint8Array.from(decoded, (character) => character.charCodeAt(0))
}
