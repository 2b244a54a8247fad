// Texts of strangers (names, paths, client names, errors of trackers) as they are shown. The page never makes HTML of
// them; what is left to do is to make visible what would hide or reorder other text.

/**
 * Control characters, and those that are not seen or that change the direction of what follows. The joiners U+200C and
 * U+200D stay: Persian words and composed emoji need them.
 */
const UNSEEN = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\u2028\u2029]/gu

/** Longest text that a line of the page gets. */
const MAX_LENGTH = 1000

/** The text on one line, with a mark for each character that could deceive. */
export function safeText(text: string): string {
  return text.slice(0, MAX_LENGTH).toWellFormed().replace(UNSEEN, '\ufffd')
}
