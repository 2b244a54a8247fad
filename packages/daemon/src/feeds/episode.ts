// Which episode of which series a title is about, so that the same one of another release is known.

// Short, bounded and tried from each place once: linear in the length of the title.
const FORMS: readonly RegExp[] = [
  /\bs(\d{1,2}) ?e(\d{1,4}(?:[ -]?e\d{1,4}){0,9})\b/,
  /\b(\d{1,2})x(\d{2,4})\b/,
  /\b((?:19|20)\d\d)[ -](\d\d[ -]\d\d)\b/,
]

/** The series and its episode in one form; `undefined` when the title names none. A repaired release is another one. */
export function episodeOf(title: string): string | undefined {
  const plain = title.toLowerCase().replaceAll(/[._]/g, ' ')
  for (const form of FORMS) {
    const match = form.exec(plain)
    const series = plain
      .slice(0, match?.index ?? 0)
      .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
      .trim()
    if (match === null || series === '') continue
    const [, season = '', episode = ''] = match
    const numbers = [season, ...episode.split(/[^\d]+/)].map(Number).join('-')
    return `${series}|${numbers}${/\b(?:proper|repack)\b/.test(plain) ? '|repaired' : ''}`
  }
  return undefined
}
