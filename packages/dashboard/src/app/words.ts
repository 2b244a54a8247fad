// Small readings of what was typed.

/** Labels as typed. */
export function labelsOf(text: string): string[] {
  return text
    .split(',')
    .map((label) => label.trim())
    .filter(Boolean)
}

/** The longest text that all begin with. */
export function sharedStart(texts: readonly string[]): string {
  let [shared = ''] = texts
  for (const text of texts) while (!text.startsWith(shared)) shared = shared.slice(0, -1)
  return shared
}

/** Words as a shell divides them, with quotes and backslashes but nothing else. */
export function splitWords(text: string): string[] {
  return Array.from(text.matchAll(/(?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s"'\\])+/g), ([word]) =>
    word.replaceAll(
      /"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/g,
      (_, double?: string, single?: string, escaped?: string) =>
        double?.replaceAll(/\\(.)/g, '$1') ?? single ?? escaped ?? '',
    ),
  )
}
