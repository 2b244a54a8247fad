// The check of a torrent before it runs, as the session tells it.

import type { TorrentEvent } from '../events.ts'
import type { CheckMode } from '../options.ts'
import type { Contents, ContentsCheck } from './contents.ts'
import type { Persistence } from './persistence.ts'

/** What is checked, and who hears of it. */
export interface ToldCheck {
  readonly contents: Contents
  readonly persistence: Persistence
  readonly mode: CheckMode
  readonly twins: ContentsCheck['twins']
  readonly expectsFiles: boolean
  readonly emit: (event: TorrentEvent) => void
  readonly signal: AbortSignal
}

/** Finds out what is on disk; true = what the record says. An abort is told by nobody. */
export async function checkAndTell({ contents, persistence, emit, signal, ...how }: ToldCheck): Promise<boolean> {
  let hashed = 0
  const isAsRecorded = await contents.check({
    ...how,
    record: await persistence.load(),
    partials: () => persistence.partials(),
    onStart: (pieces) => {
      hashed = pieces
      emit({ type: 'checking' })
    },
    signal,
  })
  const { picker, layout } = contents
  const found = { piecesDone: picker.have.count, pieces: layout.pieces }
  if (!signal.aborted) emit({ type: 'checked', ...found, ...(hashed === 0 ? {} : { hashed }) })
  return isAsRecorded
}
