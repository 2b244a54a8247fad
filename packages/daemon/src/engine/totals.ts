// What a daemon has done in this run and in all of them. The sum of the earlier runs is read once; the present one is added
// when it is asked for, and saved with it from time to time.

import type { Session } from '@ccbt/core'

import type { SettingTable } from '../state/setting-table.ts'

/** What was done. */
export interface RunTotals {
  readonly downloadedBytes: number
  readonly uploadedBytes: number
  /** Torrents added. */
  readonly filesAdded: number
  readonly secondsActive: number
  readonly sessionCount: number
}

const NONE: RunTotals = { downloadedBytes: 0, uploadedBytes: 0, filesAdded: 0, secondsActive: 0, sessionCount: 0 }

/** Counts. */
export class TotalsBook {
  readonly #session: Session
  readonly #settings: SettingTable
  readonly #earlier: RunTotals
  readonly #startedAtMs: number = performance.now()
  #added = 0

  constructor(session: Session, settings: SettingTable) {
    this.#session = session
    this.#settings = settings
    this.#earlier = { ...NONE, ...(settings.read('totals') as Partial<RunTotals> | undefined) }
  }

  /** A torrent was added. */
  added(): void {
    this.#added++
  }

  read(): { readonly current: RunTotals; readonly total: RunTotals } {
    const { payloadReceived, payloadSent } = this.#session.statistics().traffic
    const current = {
      downloadedBytes: payloadReceived,
      uploadedBytes: payloadSent,
      filesAdded: this.#added,
      secondsActive: Math.floor((performance.now() - this.#startedAtMs) / 1000),
      sessionCount: 1,
    }
    return { current, total: sumOf(this.#earlier, current) }
  }

  save(): void {
    this.#settings.write('totals', this.read().total)
  }
}

function sumOf(a: RunTotals, b: RunTotals): RunTotals {
  return {
    downloadedBytes: a.downloadedBytes + b.downloadedBytes,
    uploadedBytes: a.uploadedBytes + b.uploadedBytes,
    filesAdded: a.filesAdded + b.filesAdded,
    secondsActive: a.secondsActive + b.secondsActive,
    sessionCount: a.sessionCount + b.sessionCount,
  }
}
