// What becomes of a connection with time: it ends when the other side says nothing, is kept alive when we say nothing.

import { dropped } from '../errors.ts'
import type { Connection } from '../peer/connection.ts'
import type { Downloader } from '../download/downloader.ts'

const KEEP_ALIVE_MS = 100_000
const SILENCE_MS = 150_000
const HANDSHAKE_MS = 10_000

/** Called once a second; `elapsedMs` have passed since the last time. */
export function tickConnection(
  connection: Connection,
  downloader: Pick<Downloader, 'tick' | 'refill'>,
  nowMs: number,
  elapsedMs: number,
): void {
  connection.flood.nextSecond()
  connection.trace?.look()
  connection.downloadMeter.tick(elapsedMs)
  connection.uploadMeter.tick(elapsedMs)
  if (!connection.isHandshaken) {
    if (nowMs - connection.openedAtMs > HANDSHAKE_MS) connection.close(dropped('no handshake'))
    return
  }
  if (!connection.isPaused && nowMs - connection.lastReadAtMs > SILENCE_MS) {
    connection.close(dropped('silent'))
    return
  }
  connection.window.tick(connection.downloadMeter.bps)
  connection.sendWindow.tick(connection.uploadMeter.bps)
  downloader.tick(connection, nowMs)
  downloader.refill(connection)
  if (nowMs - connection.lastWriteAtMs > KEEP_ALIVE_MS) connection.encoder.keepAlive()
  connection.flush()
}
