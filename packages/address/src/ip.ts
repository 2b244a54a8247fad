// IP literals and their bytes. One normal form for each address, so that texts can be compared and used as keys: IPv6
// as RFC 5952 writes it, IPv4-mapped addresses as IPv4.

const V4_BYTES = 4
const V6_GROUPS = 8

/** Address family of an IP literal, as node's network functions name it. */
export type IpFamily = 'ipv4' | 'ipv6'

/** The family of `ip`, which is an IP literal. */
export function familyOf(ip: string): IpFamily {
  return ip.includes(':') ? 'ipv6' : 'ipv4'
}

/**
 * The normal form of an IP literal; `undefined` when `text` is none, or has a zone index.
 * @example normalIp('::FFFF:192.0.2.1') // '192.0.2.1'
 */
export function normalIp(text: string): string | undefined {
  if (!text.includes(':')) return v4Bytes(text) === undefined ? undefined : text
  const bytes = ipToBytes(text)
  return bytes === undefined ? undefined : ipFromBytes(bytes)
}

/** The 4 or 16 bytes of an IP literal, 4 for an IPv4-mapped address; `undefined` when `text` is none. */
export function ipToBytes(text: string): Uint8Array | undefined {
  if (!text.includes(':')) return v4Bytes(text)
  const bytes = v6Bytes(text)
  return bytes !== undefined && isMapped(bytes) ? bytes.slice(12) : bytes
}

/** The literal of 4 or 16 bytes in normal form; `undefined` for any other length. */
export function ipFromBytes(bytes: Uint8Array): string | undefined {
  if (bytes.length === V4_BYTES) return bytes.join('.')
  if (bytes.length !== 2 * V6_GROUPS) return undefined
  if (isMapped(bytes)) return bytes.subarray(12).join('.')
  const groups = Array.from({ length: V6_GROUPS }, (_, i) => bytes[2 * i]! * 256 + bytes[2 * i + 1]!)
  const { start, length } = longestZeros(groups)
  const hex = (part: number[]): string => part.map((group) => group.toString(16)).join(':')
  // A single group of zeros is written out.
  return length < 2 ? hex(groups) : `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`
}

function v4Bytes(text: string): Uint8Array | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)
  if (match === null) return undefined
  const parts = match.slice(1)
  // A leading zero means octal to some readers.
  if (parts.some((part) => Number(part) > 255 || (part.length > 1 && part.startsWith('0')))) return undefined
  return Uint8Array.from(parts, Number)
}

function v6Bytes(text: string): Uint8Array | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const head = groupsOf(halves[0]!, halves.length === 1)
  const tail = halves.length === 2 ? groupsOf(halves[1]!, true) : []
  if (head === undefined || tail === undefined) return undefined
  const missing = V6_GROUPS - head.length - tail.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined
  const groups = [...head, ...Array.from({ length: missing }, () => 0), ...tail]
  return Uint8Array.from(groups.flatMap((group) => [group >>> 8, group & 0xff]))
}

/** The 16-bit groups of one side of `::`; only the last side may end in an IPv4 address. */
function groupsOf(text: string, isLast: boolean): number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  const parts = text.split(':')
  for (const [i, part] of parts.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(part)) {
      groups.push(Number.parseInt(part, 16))
      continue
    }
    const v4 = isLast && i === parts.length - 1 ? v4Bytes(part) : undefined
    if (v4 === undefined) return undefined
    groups.push(v4[0]! * 256 + v4[1]!, v4[2]! * 256 + v4[3]!)
  }
  return groups
}

/** `::ffff:0:0/96` (RFC 4291, 2.5.5.2). */
function isMapped(bytes: Uint8Array): boolean {
  return bytes[10] === 0xff && bytes[11] === 0xff && bytes.subarray(0, 10).every((byte) => byte === 0)
}

/** The first of the longest runs of zeros. */
function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  for (let start = 0; start < groups.length; start++) {
    let end = start
    while (groups[end] === 0) end++
    if (end - start > best.length) best = { start, length: end - start }
    start = Math.max(start, end - 1)
  }
  return best
}
