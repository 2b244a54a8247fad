// One line at the bottom of the terminal that is drawn again and again.
// The cursor is hidden while the line is there and comes back at dispose, at any exit and when the program is suspended.

import { formatPercent } from './format.ts'
import type { Terminal } from './terminal.ts'

/** How far a job is, and what else is worth a column, the most important first: the last ones go when space is short. */
export interface ProgressView {
  readonly done: number
  readonly total: number
  readonly fields: readonly string[]
}

/** How a line is to look. */
export interface ProgressStyle {
  readonly columns: number
  readonly hasColor: boolean
  readonly hasUnicode: boolean
}

const MIN_BAR = 10
const MAX_BAR = 40
const GAP = '  '
const CYAN = '\x1b[36m'
const GREEN = '\x1b[32m'
const DIM = '\x1b[2m'
const PLAIN = '\x1b[0m'

/** Columns that stay free: the terminal wraps behind the last one and echoes `^C` behind the line. */
const MARGIN = 3

/**
 * The line for `view`, at least three columns shorter than the terminal.
 * @example renderProgress({ done: 1, total: 2, fields: ['3 peers'] }, { columns: 40, hasColor: false, hasUnicode: true })
 */
export function renderProgress(view: ProgressView, style: ProgressStyle): string {
  const width = Math.max(0, style.columns - MARGIN)
  const percent = formatPercent(view.done, view.total).padStart(6)
  const fields = [...view.fields]
  const textLength = (): number => fields.reduce((sum, field) => sum + GAP.length + field.length, percent.length)
  while (fields.length > 0 && textLength() + 1 + MIN_BAR > width) fields.pop()
  const barWidth = Math.min(MAX_BAR, width - textLength() - 1)
  if (barWidth < MIN_BAR) return percent.trimStart().slice(0, width)
  const share = view.total === 0 ? 1 : Math.min(1, view.done / view.total)
  return [`${percent} ${bar(share, barWidth, style)}`, ...fields].join(GAP)
}

function bar(share: number, width: number, style: ProgressStyle): string {
  const filled = Math.floor(share * width)
  const full = (style.hasUnicode ? '━' : '#').repeat(filled)
  const rest = (style.hasUnicode ? '─' : '-').repeat(width - filled)
  if (!style.hasColor) return full + rest
  return `${share === 1 ? GREEN : CYAN}${full}${PLAIN}${DIM}${rest}${PLAIN}`
}

const HIDE_CURSOR = '\x1b[?25l'
const SHOW_CURSOR = '\x1b[?25h'
const ERASE_LINE = '\r\x1b[K'

/** The progress line of a terminal. */
export class ProgressLine implements Disposable {
  readonly #terminal: Terminal
  #shown = ''
  #view: ProgressView | undefined

  constructor(terminal: Terminal) {
    this.#terminal = terminal
    process.on('exit', this.#onExit)
    process.on('SIGTSTP', this.#onSuspend)
    process.on('SIGCONT', this.#onContinue)
  }

  /** Shows `view`; writes nothing when the line already looks so. */
  draw(view: ProgressView): void {
    this.#view = view
    const { hasColor, hasUnicode } = this.#terminal
    const line = renderProgress(view, { columns: this.#terminal.columns(), hasColor, hasUnicode })
    if (line === this.#shown) return
    this.#terminal.draw(`${this.#shown === '' ? HIDE_CURSOR : ''}${ERASE_LINE}${line}`)
    this.#shown = line
  }

  /** Writes a line that stays, above the progress line. */
  log(text: string): void {
    this.clear()
    this.#terminal.draw(`${text}\n`)
    if (this.#view !== undefined) this.draw(this.#view)
  }

  /** Takes the line away until the next draw. */
  clear(): void {
    if (this.#shown === '') return
    this.#shown = ''
    this.#terminal.draw(`${ERASE_LINE}${SHOW_CURSOR}`)
  }

  [Symbol.dispose](): void {
    this.clear()
    this.#view = undefined
    process.off('exit', this.#onExit)
    process.off('SIGTSTP', this.#onSuspend)
    process.off('SIGCONT', this.#onContinue)
  }

  readonly #onExit = (): void => this.clear()

  // A listener replaces the default reaction, so the process has to stop itself.
  readonly #onSuspend = (): void => {
    this.clear()
    process.kill(process.pid, 'SIGSTOP')
  }

  readonly #onContinue = (): void => {
    if (this.#view !== undefined) this.draw(this.#view)
  }
}
