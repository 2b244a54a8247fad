// Many locks of one process: each keeps others out as if it were the only one.

import { readdir } from 'node:fs/promises'

import { describe, expect, it } from 'vitest'

import { lockSavePath, SavePathLocks } from '../src/index.ts'
import { TempFolder } from './support.ts'

const LOCKED = { code: 'DISK_SAVE_PATH_LOCKED' }

function keyOf(n: number): { infoHash: Uint8Array; directory: string } {
  return { infoHash: new Uint8Array(20).fill(n), directory: '/data' }
}

describe('the locks of one process', () => {
  it('keep everybody out, ourselves included, until they are released', async () => {
    using folder = new TempFolder()
    const locks = new SavePathLocks(folder.path)
    const held = await Promise.all([1, 2, 3, 4].map((n) => locks.lock(keyOf(n))))
    held.push(await locks.lock(keyOf(5)))
    for (const n of [1, 4, 5]) {
      await expect(locks.lock(keyOf(n))).rejects.toMatchObject(LOCKED)
      await expect(lockSavePath(folder.path, keyOf(n))).rejects.toMatchObject(LOCKED)
    }
    await held[0]![Symbol.asyncDispose]()
    await expect(lockSavePath(folder.path, keyOf(5))).rejects.toMatchObject(LOCKED)
    held[0] = await locks.lock(keyOf(1))
    for (const lock of held) await lock[Symbol.asyncDispose]()
    expect(await readdir(folder.path)).toEqual([])
  })

  it('are made anew when the one that they would be another name of is gone', async () => {
    using folder = new TempFolder()
    const locks = new SavePathLocks(folder.path)
    const first = await locks.lock(keyOf(1))
    const [released, second] = await Promise.all([first[Symbol.asyncDispose](), locks.lock(keyOf(2))])
    expect(released).toBeUndefined()
    await expect(lockSavePath(folder.path, keyOf(2))).rejects.toMatchObject(LOCKED)
    await second[Symbol.asyncDispose]()
  })
})
