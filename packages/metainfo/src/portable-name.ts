// One component of a path: from the text of a stranger to a name that means the same on every system.
// Ordinary names stay byte-identical. Replaced is what would move a file elsewhere, make it unreachable or deceive the
// reader; `* ? " < > |` stay, since a system that cannot store them refuses them and nothing else happens.
// The result depends on the component alone, so it is the same after every restart.

import { hash } from 'node:crypto'

/** Separators, drive and stream marks, control characters, line separators, bidi overrides and isolates, non-characters. */
const UNSAFE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}/\\:\u202a-\u202e\u2066-\u2069\ufffe\uffff]/gu

/** Device names of Windows, with any extension. */
const RESERVED = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$) *(?:\.|$)/i

/** The longest component of the common file systems, in bytes of UTF-8. */
const MAX_BYTES = 255

/** What is kept of a shortened or renamed file's name, so that it still opens with its program. */
const EXTENSION = /\.[A-Za-z0-9]{1,10}$/

/**
 * The portable form of one path component. Never empty, `.`, `..` or longer than 255 bytes; idempotent.
 * @example portableName('..') // '._'
 */
export function portableName(raw: string): string {
  let name = raw.replace(UNSAFE, '_')
  if (name === '') name = '_'
  // Windows drops trailing dots and spaces; this also ends `.` and `..`.
  if (/[. ]$/.test(name)) name = `${name.slice(0, -1)}_`
  if (RESERVED.test(name)) name = `_${name}`
  return fits(name) ? name : suffixed(name, raw)
}

/**
 * `name` with eight hexadecimal digits of the hash of `salt` before its extension, shortened to 255 bytes.
 * @example suffixed('a.txt', 'second') // 'a~ea6af6eb.txt' or the like
 */
export function suffixed(name: string, salt: string): string {
  const extension = EXTENSION.exec(name)?.[0] ?? ''
  const suffix = `~${hash('sha1', salt).slice(0, 8)}${extension}`
  const stem = name.slice(0, name.length - extension.length)
  return cutBytes(stem, MAX_BYTES - suffix.length) + suffix
}

function fits(name: string): boolean {
  return name.length * 3 <= MAX_BYTES || Buffer.byteLength(name) <= MAX_BYTES
}

/** The longest start of `text` of at most `limit` bytes that does not end inside a character. */
function cutBytes(text: string, limit: number): string {
  const bytes = Buffer.from(text.slice(0, limit))
  if (bytes.length <= limit) return text.slice(0, limit).replace(/\p{Cs}$/u, '')
  let end = limit
  while ((bytes[end]! & 0xc0) === 0x80) end--
  return bytes.toString('utf8', 0, end)
}
