// Machine-readable output: one JSON object per line, always in ASCII-safe form, each with an `event`.

import type { SessionEvent, TorrentSnapshot } from '@ccbt/core'
import type { ConfigurationReload } from './configuration-text.ts'
import type { Reporter } from './reporter.ts'
import type { Terminal } from './terminal.ts'

// Characters that JSON leaves as they are and that a terminal may obey or hide: C1 controls, format characters such as
// bidirectional and zero-width marks, line separators.
const UNSAFE = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu

/**
 * `value` as JSON on one line that is safe to look at in a terminal; parses back to the same value.
 * @example jsonLine({ name: '\u202e' }) // '{"name":"\\u202e"}'
 */
export function jsonLine(value: object): string {
  return JSON.stringify(value).replace(UNSAFE, escaped)
}

/** Each UTF-16 code unit as JSON escapes it. */
function escaped(character: string): string {
  return character.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Reports a transfer as JSON lines: every event at once, progress once a second. */
export class JsonLines implements Reporter {
  readonly intervalMs = 1000
  readonly #terminal: Terminal
  #hasSeeded = false

  constructor(terminal: Terminal) {
    this.#terminal = terminal
  }

  event(event: SessionEvent, torrent: TorrentSnapshot | undefined): void {
    // A failure ends the command, and the command's end writes the one error object.
    if (event.type === 'failed') return
    // The last word about a download without seeding is its `complete`.
    if (event.type === 'finished' && !this.#hasSeeded) return
    if (event.type === 'seeding') this.#hasSeeded = true
    const { type, ...rest } = event
    this.#write(event.type === 'complete' ? summary(event, torrent) : { event: type, ...rest })
  }

  progress(torrent: TorrentSnapshot): void {
    this.#write({ event: 'progress', ...figures(torrent) })
  }

  stopped(torrent: TorrentSnapshot | undefined): void {
    this.#write({ event: 'stopped', ...(torrent === undefined ? {} : figures(torrent)) })
  }

  warning(message: string): void {
    this.#write({ event: 'warning', message })
  }

  configuration(reload: ConfigurationReload): void {
    this.#write({ event: 'configuration', ...reload })
  }

  [Symbol.dispose](): void {}

  #write(value: object): void {
    this.#terminal.line(jsonLine(value))
  }
}

function figures(torrent: TorrentSnapshot): object {
  return {
    infoHash: torrent.infoHash,
    phase: torrent.phase,
    ...(torrent.metadata === undefined ? {} : { metadata: torrent.metadata }),
    bytes: torrent.wantedLength,
    bytesDone: torrent.wantedDone,
    pieces: torrent.pieces,
    piecesDone: torrent.phase === 'checking' ? torrent.checked : torrent.piecesDone,
    downloadBps: Math.round(torrent.downloadBps),
    uploadBps: Math.round(torrent.uploadBps),
    uploaded: torrent.uploaded,
    peers: torrent.connections,
    ...(torrent.etaS === undefined ? {} : { etaS: Math.ceil(torrent.etaS) }),
  }
}

function summary(event: SessionEvent & { type: 'complete' }, torrent: TorrentSnapshot | undefined): object {
  const seconds = Math.round(event.elapsedMs) / 1000
  return {
    event: event.type,
    infoHash: event.infoHash,
    bytes: torrent?.wantedLength,
    downloaded: event.downloaded,
    seconds,
    downloadBps: seconds > 0 ? Math.round(event.downloaded / seconds) : 0,
    uploaded: torrent?.uploaded,
    wasted: torrent?.wasted,
  }
}
