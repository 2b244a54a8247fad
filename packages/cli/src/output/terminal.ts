// What is known about the two output streams. Texts that are written here have been made safe before (displayText).

/** The two output streams and what they can show. */
export interface Terminal {
  /** Both streams are a terminal that can move its cursor: a progress line may be drawn. */
  readonly isInteractive: boolean
  readonly hasColor: boolean
  readonly hasUnicode: boolean
  /** Present width of the terminal in columns. */
  columns(): number
  /** One line of results, to stdout. */
  line(text: string): void
  /** Raw text for the progress line, to stderr. */
  draw(text: string): void
}

/** What the process's streams and environment say. */
export function processTerminal(): Terminal {
  const { env, stdout, stderr } = process
  const isInteractive = stdout.isTTY && stderr.isTTY && env['TERM'] !== 'dumb'
  return {
    isInteractive,
    // https://no-color.org: any value that is not empty.
    hasColor: isInteractive && (env['NO_COLOR'] ?? '') === '',
    hasUnicode: /utf-?8/i.test(env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || ''),
    // 0 is what a terminal without a known size says.
    columns: () => stderr.columns || 80,
    line: (text) => void stdout.write(`${text}\n`),
    draw: (text) => void stderr.write(text),
  }
}
