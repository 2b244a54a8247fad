// The log of the daemon: decides which lines there are, makes them safe, keeps the last in memory for faces and writes them.

import type { LogLine } from '@ccbt/rpc-client'

import { LogLevels } from './levels.ts'
import type { LogLevel } from './levels.ts'
import { lineText } from './line-text.ts'
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
  /** Takes the lines while there is no file; stays as it is. Absent = they are for faces only. */
  readonly stream?: { write(text: string): unknown }
  /** The stream is read by journald, which has times and levels of its own. */
  readonly isJournal?: boolean
}

/** Takes what is to be told. */
export class Logger implements AsyncDisposable {
  readonly book: LogBook = new LogBook()
  readonly traces: Traces = new Traces()
  readonly #stream: LogOptions['stream']
  #options: LogOptions
  #levels: LogLevels
  #file: LogFile | undefined

  constructor(options: LogOptions = {}) {
    this.#stream = options.stream
    this.#options = options
    this.#levels = new LogLevels(options.level, options.areas)
    this.#file = options.file === undefined ? undefined : new LogFile(options.file)
  }

  /** Whether somebody would read it: for lines that cost something to make. */
  isOn({ area, level, peer = '', infoHash = '' }: Omit<LogEntry, 'text'>): boolean {
    return this.#levels.isOn(area, level) || this.traces.covers(peer, infoHash)
  }

  /** Logs otherwise from now on, to the same stream; what waits for a file is written before this resolves. */
  async follow(options: LogOptions): Promise<void> {
    this.#options = options
    this.#levels = new LogLevels(options.level, options.areas)
    const before = this.#file
    if (options.file !== undefined && before !== undefined) return before.follow(options.file)
    this.#file = options.file === undefined ? undefined : new LogFile(options.file)
    await before?.[Symbol.asyncDispose]()
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

  #write(line: LogLine): void {
    const { format = 'text', isJournal = false } = this.#options
    if (this.#file !== undefined) return this.#file.write(lineText(line, format))
    this.#stream?.write(`${lineText(line, isJournal && format === 'text' ? 'journal' : format)}\n`)
  }
}
