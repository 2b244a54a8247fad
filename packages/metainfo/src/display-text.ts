// Text of strangers made safe to show: on a terminal, in a log line, in a list. Nothing it returns moves the cursor,
// starts a new line, changes direction or hides characters. The name on disk is the business of portable-name.ts.

/**
 * Control characters (C0, DEL, C1), format characters (bidi overrides and isolates, zero width, tags), line separators,
 * lone surrogates, invisible fillers, and combining marks beyond four on one character.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|[\u115f\u1160\u3164\uffa0]|(?<=\p{M}{4})\p{M}/gu

const DEFAULT_LENGTH = 512

/**
 * `text` with everything a terminal could obey or hide replaced by a visible escape: `\x1b`, `\u{202e}`.
 * Input beyond `maxLength` code units is cut and ends in `…`.
 * @example displayText('a\x1b[2Jb') // 'a\\x1b[2Jb'
 */
export function displayText(text: string, maxLength: number = DEFAULT_LENGTH): string {
  const isCut = text.length > maxLength
  const shown = (isCut ? cut(text, maxLength) : text).replace(UNSAFE, escapeOf)
  return isCut ? `${shown}…` : shown
}

/** Cuts without leaving half a surrogate pair at the end. */
function cut(text: string, length: number): string {
  const last = text.charCodeAt(length - 1)
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length)
}

function escapeOf(char: string): string {
  const hex = char.codePointAt(0)!.toString(16)
  return hex.length <= 2 ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`
}
