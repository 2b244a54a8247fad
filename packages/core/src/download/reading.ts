// Holds back what a peer sends: once a limit on downloading has nothing left, its stream rests until it is its turn.

import type { Clock } from '@ccbt/primitives'

import type { Connection } from '../peer/connection.ts'

/** So many bytes were read; they count, and the stream rests when there may be no more now. */
export function limitReading(connection: Connection, bytes: number): void {
  const { limits, downloadMeter } = connection
  limits.received(bytes, downloadMeter.total)
  if (limits.download.mayTake || connection.isClosed) return
  connection.isPaused = true
  connection.stream.pause()
  limits.download.wait()
}

/** It is its turn. */
export function readOn(connection: Connection, clock: Pick<Clock, 'now'>): void {
  connection.isPaused = false
  connection.lastReadAtMs = clock.now()
  connection.stream.resume()
}
