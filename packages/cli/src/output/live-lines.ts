// A transfer on a terminal: a progress line, with the few things worth keeping above it.

import type { SessionEvent, TorrentSnapshot } from '@ccbt/core'
import { configurationText } from './configuration-text.ts'
import type { ConfigurationReload } from './configuration-text.ts'
import { eventText, progressFields, progressOf } from './event-text.ts'
import type { Arrows, EventText } from './event-text.ts'
import { formatPercent } from './format.ts'
import { ProgressLine } from './progress-line.ts'
import type { Reporter } from './reporter.ts'
import type { Terminal } from './terminal.ts'

/** Shows a transfer on a terminal, four times a second. */
export class LiveLines implements Reporter {
  readonly intervalMs = 250
  readonly #line: ProgressLine
  readonly #arrows: Arrows
  readonly #text: EventText

  constructor(terminal: Terminal, text: EventText = eventText) {
    this.#text = text
    this.#line = new ProgressLine(terminal)
    this.#arrows = terminal.hasUnicode ? { down: '↓', up: '↑' } : { down: 'down', up: 'up' }
  }

  event(event: SessionEvent, torrent: TorrentSnapshot | undefined): void {
    const text = this.#text(event, torrent)
    if (text !== undefined) this.#line.log(text)
  }

  progress(torrent: TorrentSnapshot): void {
    this.#line.draw({ ...progressOf(torrent), fields: progressFields(torrent, this.#arrows) })
  }

  stopped(torrent: TorrentSnapshot | undefined): void {
    if (torrent !== undefined && torrent.wantedDone < torrent.wantedLength) {
      this.#line.clear()
      this.#line.log(`stopped at ${formatPercent(torrent.wantedDone, torrent.wantedLength)}; the same command goes on`)
    }
    this.#line.clear()
  }

  warning(message: string): void {
    this.#line.log(`warning: ${message}`)
  }

  configuration(reload: ConfigurationReload): void {
    for (const line of configurationText(reload)) this.#line.log(line)
  }

  [Symbol.dispose](): void {
    this.#line[Symbol.dispose]()
  }
}
