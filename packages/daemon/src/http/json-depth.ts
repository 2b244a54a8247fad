// How deep JSON is nested, before it is parsed: what is too deep would overflow the stack where it is written again.

const MAX_DEPTH = 64

const QUOTE = 0x22
const BACKSLASH = 0x5c
/** `[` and `{`, `]` and `}` differ in this bit. */
const BRACE_BIT = 0x20
const OPEN = 0x7b
const CLOSE = 0x7d

/** Whether the JSON text is nested at most 64 deep. It need not be valid. */
export function isShallow(json: Buffer): boolean {
  let depth = 0
  for (let at = 0; at < json.length; at++) {
    const byte = json[at]!
    if (byte === QUOTE) at = endOfString(json, at)
    else if ((byte | BRACE_BIT) === OPEN && ++depth > MAX_DEPTH) return false
    else if ((byte | BRACE_BIT) === CLOSE) depth--
  }
  return true
}

/** Place of the quote that ends the string which begins at `start`; strings are skipped fast, they may be files. */
function endOfString(json: Buffer, start: number): number {
  let end = json.indexOf(QUOTE, start + 1)
  while (end >= 0 && isEscaped(json, end)) end = json.indexOf(QUOTE, end + 1)
  return end < 0 ? json.length : end
}

function isEscaped(json: Buffer, at: number): boolean {
  let backslashes = 0
  while (json[at - 1 - backslashes] === BACKSLASH) backslashes++
  return backslashes % 2 === 1
}
