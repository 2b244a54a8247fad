// What a transfer tells while it runs, and which of the ways of showing it is used.

import type { SessionEvent, TorrentSnapshot } from '@ccbt/core'
import type { ConfigurationReload } from './configuration-text.ts'
import { eventText, verboseText } from './event-text.ts'
import { JsonLines } from './json-lines.ts'
import { LiveLines } from './live-lines.ts'
import { PlainLines } from './plain-lines.ts'
import type { Terminal } from './terminal.ts'

/** Shows a transfer. `progress` is called every `intervalMs`. */
export interface Reporter extends Disposable {
  readonly intervalMs: number
  /** Something happened; `torrent` is how the torrent is after it, when there is one. */
  event(event: SessionEvent, torrent: TorrentSnapshot | undefined): void
  progress(torrent: TorrentSnapshot): void
  /** The user stopped the program. */
  stopped(torrent: TorrentSnapshot | undefined): void
  warning(message: string): void
  /** The configuration was read again. */
  configuration(reload: ConfigurationReload): void
}

/** The flags that choose the form of the output. */
export interface OutputFlags {
  readonly json?: boolean
  readonly quiet?: boolean
  /** Tells every event, not only what most people want to know. */
  readonly verbose?: boolean
}

/** JSON lines, nothing, a progress line on a terminal, or plain lines elsewhere. */
export function createReporter(flags: OutputFlags, terminal: Terminal): Reporter {
  if (flags.json === true) return new JsonLines(terminal)
  if (flags.quiet === true) return SILENT
  const text = flags.verbose === true ? verboseText : eventText
  return terminal.isInteractive ? new LiveLines(terminal, text) : new PlainLines(terminal, text)
}

const SILENT: Reporter = {
  intervalMs: 3_600_000,
  event() {},
  progress() {},
  stopped() {},
  warning() {},
  configuration() {},
  [Symbol.dispose]() {},
}
