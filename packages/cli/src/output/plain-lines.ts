// A transfer in a log file or a pipe: a line per event, and one every 5 s about how far it is.

import type { SessionEvent, TorrentSnapshot } from '@ccbt/core'
import { configurationText } from './configuration-text.ts'
import type { ConfigurationReload } from './configuration-text.ts'
import { eventText, progressFields, progressOf } from './event-text.ts'
import type { EventText } from './event-text.ts'
import { formatPercent } from './format.ts'
import type { Reporter } from './reporter.ts'
import type { Terminal } from './terminal.ts'

const WORDS = { down: 'down', up: 'up' }

/** Writes whole lines to stdout. */
export class PlainLines implements Reporter {
  readonly intervalMs = 5000
  readonly #terminal: Terminal
  readonly #text: EventText

  constructor(terminal: Terminal, text: EventText = eventText) {
    this.#terminal = terminal
    this.#text = text
  }

  event(event: SessionEvent, torrent: TorrentSnapshot | undefined): void {
    const text = this.#text(event, torrent)
    if (text !== undefined) this.#terminal.line(text)
  }

  progress(torrent: TorrentSnapshot): void {
    const { done, total } = progressOf(torrent)
    const fields = progressFields(torrent, WORDS).map((field) => field.trimEnd())
    this.#terminal.line([formatPercent(done, total), ...fields].join(', '))
  }

  stopped(torrent: TorrentSnapshot | undefined): void {
    if (torrent === undefined || torrent.wantedDone === torrent.wantedLength) return
    this.#terminal.line(`stopped at ${formatPercent(torrent.wantedDone, torrent.wantedLength)}`)
  }

  warning(message: string): void {
    this.#terminal.line(`warning: ${message}`)
  }

  configuration(reload: ConfigurationReload): void {
    for (const line of configurationText(reload)) this.#terminal.line(line)
  }

  [Symbol.dispose](): void {}
}
