/** Control, format (bidirectional marks, zero width), unassigned and private characters, lone surrogates, line ends. */
const UNSAFE = /[\p{C}\p{Zl}\p{Zp}]/gu

/** A peer's text made safe for one line of output: at most `maxChars` characters, unsafe ones replaced by U+FFFD. */
export function displayText(text: string, maxChars: number): string {
  // Cut first, so that half a surrogate pair at the cut is replaced too.
  return text.slice(0, maxChars).replaceAll(UNSAFE, '\u{FFFD}')
}
