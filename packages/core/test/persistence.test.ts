// What a record says of data that is being written while it is made.

import { join } from 'node:path'

import { SavePathLocks } from '@ccbt/disk-io'
import type { FileState } from '@ccbt/disk-io'
import { Bitfield } from '@ccbt/primitives'
import { expect, it } from 'vitest'

import { Persistence } from '../src/torrent/persistence.ts'
import type { SavedStore } from '../src/torrent/persistence.ts'
import { temporaryFolder } from './support.ts'

/** A file whose time is the number of pieces written to it. One more is written whenever somebody waits. */
class BusyStore implements SavedStore {
  readonly have = new Bitfield(100)
  #written = 0
  /** Written, and not yet told of. */
  #pending: number[] = []

  async flush(): Promise<void> {
    for (const piece of this.#pending) this.have.set(piece)
    this.#pending = []
    this.#write()
  }

  async checkpoint(): Promise<[]> {
    this.#write()
    return []
  }

  async fileStates(): Promise<FileState[]> {
    this.#write()
    const state = { exists: true, size: 1, mtimeNs: this.#written }
    this.#write()
    return [state]
  }

  #write(): void {
    this.#pending.push(this.#written++)
  }
}

it('every piece that a file had when it was looked at is in the record', async () => {
  const stateDir = temporaryFolder()
  const place = { stateDir, infoHash: new Uint8Array(20), directory: temporaryFolder(), pieces: 100 }
  const persistence = new Persistence({ ...place, locks: new SavePathLocks(join(stateDir, 'resume')) })
  const store = new BusyStore()
  await persistence.save(store, store.have, { downloaded: 0, uploaded: 0 })
  const known = await persistence.load()
  const pieces = known?.files[0]?.mtimeNs ?? 0
  expect(pieces).toBeGreaterThan(0)
  expect([...Array(pieces).keys()].filter((piece) => known?.pieces.has(piece) !== true)).toEqual([])
})
