// Progress of a job that goes through a known number of bytes: hashing for `create` and `verify`.

import { formatClock, formatPercent, formatRate } from './format.ts'
import { jsonLine } from './json-lines.ts'
import { ProgressLine } from './progress-line.ts'
import type { OutputFlags } from './reporter.ts'
import type { Terminal } from './terminal.ts'

/** Counts bytes and shows them at a steady pace until disposed. */
export interface ByteProgress extends Disposable {
  /** `bytes` more are done. */
  advance(bytes: number): void
}

/** What is shown while counting up to `total` bytes. */
export interface ByteProgressOptions {
  readonly total: number
  readonly flags: OutputFlags
  readonly terminal: Terminal
}

interface Position {
  readonly done: number
  readonly total: number
  readonly bps: number
}

/** A progress line on a terminal, otherwise JSON lines or plain lines. */
export function showByteProgress(options: ByteProgressOptions): ByteProgress {
  const { total } = options
  const startedMs = performance.now()
  let done = 0
  const view = createView(options)
  const ticker = setInterval(() => {
    view.show({ done, total, bps: (done * 1000) / Math.max(1, performance.now() - startedMs) })
  }, view.intervalMs)
  return {
    advance(bytes) {
      done += bytes
    },
    [Symbol.dispose]() {
      clearInterval(ticker)
      view.close()
    },
  }
}

interface View {
  readonly intervalMs: number
  show(position: Position): void
  close(): void
}

const nothing = (): void => {}

function createView({ flags, terminal }: ByteProgressOptions): View {
  if (flags.json === true)
    return { intervalMs: 1000, show: (at) => terminal.line(jsonLine(figures(at))), close: nothing }
  if (flags.quiet === true) return { intervalMs: 3_600_000, show: nothing, close: nothing }
  if (!terminal.isInteractive) return { intervalMs: 5000, show: (at) => terminal.line(plainText(at)), close: nothing }
  const line = new ProgressLine(terminal)
  return {
    intervalMs: 250,
    show: (at) => line.draw({ ...at, fields: fields(at) }),
    close: () => line[Symbol.dispose](),
  }
}

function figures({ done, total, bps }: Position): object {
  return { event: 'progress', bytes: total, bytesDone: done, hashBps: Math.round(bps) }
}

function plainText(at: Position): string {
  return [formatPercent(at.done, at.total), ...fields(at)].join(', ')
}

function fields({ done, total, bps }: Position): string[] {
  return [formatRate(bps).padEnd(9), bps > 0 ? `${formatClock((total - done) / bps)} left` : '']
}
