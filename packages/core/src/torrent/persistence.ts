import type { PieceStore } from '@ccbt/disk-io'
import type { Bitfield } from '@ccbt/primitives'

import type { KnownData } from './check-data.ts'

export interface PersistenceOptions {
  readonly stateDir: string
  readonly infoHash: Uint8Array
  readonly directory: string
  readonly pieces: number
}

export class Persistence {
  totals: { downloaded: number; uploaded: number } = { downloaded: 0, uploaded: 0 }
  readonly partFilePath: string
  constructor(o: PersistenceOptions) {
    this.partFilePath = `${o.stateDir}/part`
  }
  addTotals(downloaded: number, uploaded: number): void {
    this.totals = { downloaded: this.totals.downloaded + downloaded, uploaded: this.totals.uploaded + uploaded }
  }
  async lock(): Promise<void> {}
  async unlock(): Promise<void> {}
  async forget(): Promise<void> {}
  async load(): Promise<KnownData | undefined> {
    return undefined
  }
  async save(_store: PieceStore, _have: Bitfield, _totals: { downloaded: number; uploaded: number }): Promise<void> {}
}
