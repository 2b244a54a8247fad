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

it('a file that could not be read is not believed to be as it was, and others are', async () => {
  const stateDir = temporaryFolder()
  const place = { stateDir, infoHash: new Uint8Array(20), directory: temporaryFolder(), pieces: 100 }
  const persistence = new Persistence({ ...place, locks: new SavePathLocks(join(stateDir, 'resume')) })
  const files = [1, 2, 3].map((mtimeNs) => ({ exists: true, size: 1, mtimeNs }))
  const store: SavedStore = { flush: async () => {}, checkpoint: async () => [], fileStates: async () => files }
  const have = new Bitfield(100)
  have.fill()
  const totals = { downloaded: 5, uploaded: 7 }
  // Nobody waits for the record that is being written.
  const saved = persistence.save(store, have, totals)
  await Promise.all([saved, persistence.doubt((index) => index === 1)])
  const known = await persistence.load()
  expect(known?.files.map(({ mtimeNs }) => mtimeNs)).toEqual([1, 0, 3])
  expect(known?.pieces.isFull).toBe(true)
  expect(persistence.totalsWith(undefined)).toEqual(totals)
  await persistence.save(store, have, totals)
  expect((await persistence.load())?.files).toEqual(files)
})
