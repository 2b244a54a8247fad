// The log of the daemon: decides which lines there are, makes them safe, keeps the last in memory for faces and writes them.

import type { LogLine } from '@ccbt/rpc-client'

import { LogLevels } from './levels.ts'
import type { LogLevel } from './levels.ts'
import { lineText } from './line-text.ts'
import type { LogFormat } from './line-text.ts'
import { LogBook } from './log-book.ts'
import { LogFile } from './log-file.ts'
import type { LogFileOptions } from './log-file.ts'
import { safeLogText } from './safe-text.ts'
import { Traces } from './trace.ts'

/** Something to be told. */
export interface LogEntry {
  readonly level: LogLevel
  /** peer, tracker, disk, torrent, source, alert, daemon. */
  readonly area: string
  /** May have anybody's words in it. */
  readonly text: string
  /** '' = of no torrent. */
  readonly infoHash?: string
  /** `host:port` of the peer that it is about. */
  readonly peer?: string
}

/** How a daemon logs. */
export interface LogOptions {
  readonly level?: LogLevel
  /** `peer=debug` each. */
  readonly areas?: readonly string[]
  readonly format?: 'text' | 'json'
  /** Absent = `stream`. */
  readonly file?: LogFileOptions
  /** Absent = nothing is written, and the lines are for faces only. */
  readonly stream?: { write(text: string): unknown }
  /** The stream is read by journald, which has times and levels of its own. */
  readonly isJournal?: boolean
}

/** Takes what is to be told. */
export class Logger implements AsyncDisposable {
  readonly book: LogBook = new LogBook()
  readonly traces: Traces = new Traces()
  readonly #write: (line: LogLine) => void
  readonly #file: LogFile | undefined
  #levels: LogLevels

  constructor(options: LogOptions = {}) {
    const { level = 'info', areas, format = 'text', file, stream, isJournal = false } = options
    this.#levels = new LogLevels(level, areas)
    const log = file === undefined ? undefined : new LogFile(file)
    this.#file = log
    const streamFormat: LogFormat = isJournal && format === 'text' ? 'journal' : format
    if (log !== undefined) this.#write = (line) => log.write(lineText(line, format))
    else this.#write = (line) => stream?.write(`${lineText(line, streamFormat)}\n`)
  }

  /** Whether somebody would read it: for lines that cost something to make. */
  isOn({ area, level, peer = '', infoHash = '' }: Omit<LogEntry, 'text'>): boolean {
    return this.#levels.isOn(area, level) || this.traces.covers(peer, infoHash)
  }

  /** Other levels from now on. */
  setLevels(level: LogLevel, areas: readonly string[] = []): void {
    this.#levels = new LogLevels(level, areas)
  }

  log(entry: LogEntry): void {
    if (!this.isOn(entry)) return
    const { level, area, text, infoHash = '' } = entry
    const line: LogLine = { atMs: Date.now(), level, area, infoHash, text: safeLogText(text) }
    this.book.add(line)
    this.#write(line)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file?.[Symbol.asyncDispose]()
  }
}
