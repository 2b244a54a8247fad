// What travels to a session that has an older version of a file, against the table in docs/xet.md.

import { createCipheriv } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { concatBytes } from '@ccbt/primitives'
import { describe, expect, it } from 'vitest'

import { startSession, temporaryFolder } from './support.ts'
import { v2Fixture } from './v2-support.ts'

const SIZE = 16_777_216
const KIB = 1024
const MIB = 1_048_576

/** Bytes that look random, and are the same for the same seed. */
function noise(length: number, seed: number): Uint8Array {
  const key = Buffer.alloc(32, seed)
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length))
}

const old = noise(SIZE, 1)

function overwritten(at: number, length: number, seed: number): (data: Uint8Array) => Uint8Array {
  return (data) => concatBytes([data.subarray(0, at), noise(length, seed), data.subarray(at + length)])
}

/** Every tenth is over the end of a block. */
function scattered(data: Uint8Array, count: number): Uint8Array {
  const out = data.slice()
  for (let n = 0; n < count; n++) out.set(noise(4096, n + 4), n * 262_144 + (n % 10 === 0 ? 14_000 : 500))
  return out
}

const EDITS: readonly (readonly [string, (data: Uint8Array) => Uint8Array, number])[] = [
  ['one byte put in after 1 MiB', (d) => concatBytes([d.subarray(0, MIB), Uint8Array.of(7), d.subarray(MIB)]), 64],
  ['100 bytes taken out at 8 MiB', (d) => concatBytes([d.subarray(0, 8 * MIB), d.subarray(8 * MIB + 100)]), 128],
  ['44 bytes put in front', (d) => concatBytes([noise(44, 2), d]), 96],
  ['1 KiB overwritten', overwritten(5_000_000, KIB, 3), 16],
  ['64 times 4 KiB overwritten', (d) => scattered(d, 64), 1120],
  ['256 KiB put behind', (d) => concatBytes([d, noise(256 * KIB, 100)]), 256],
]

async function sessionWithOld(): Promise<{ readonly index: string; readonly folder: string }> {
  const index = join(temporaryFolder(), 'chunks.sqlite')
  const folder = temporaryFolder()
  const known = v2Fixture({ kind: 'v2', lengths: [old.length], pieceLength: 262_144, contents: [old] })
  await known.place(folder)
  const { session } = await startSession({ xet: { index } })
  await (
    await session.add(known.torrent, { directory: folder, check: 'skip' })
  ).complete
  await session[Symbol.asyncDispose]()
  return { index, folder }
}

describe('of a new version travels', () => {
  for (const [what, edit, expectedKib] of EDITS) {
    it(`about ${expectedKib} KiB after ${what}`, async () => {
      const { index } = await sessionWithOld()
      const data = edit(old)
      const next = v2Fixture({ kind: 'v2', lengths: [data.length], pieceLength: 262_144, contents: [data] })
      const folder = temporaryFolder()
      await next.place(folder)
      const seeder = await startSession({ xet: { index: join(temporaryFolder(), 'chunks.sqlite') } })
      const seeding = await seeder.session.add(next.torrent, { directory: folder })
      await seeding.complete
      const { session, events } = await startSession({ xet: { index } })
      const directory = temporaryFolder()
      const torrent = await session.add(next.torrent, { directory, peers: [`127.0.0.1:${seeder.port}`] })
      await torrent.complete
      expect((await readFile(join(directory, 'one.bin'))).equals(data)).toBe(true)
      expect(events.filter(({ type }) => type === 'peer-banned' || type === 'piece-corrupt')).toEqual([])
      expect(torrent.snapshot().wasted.hashFailed).toBe(0)
      const { downloaded, reused } = torrent.snapshot()
      expect((reused?.bytes ?? 0) + downloaded).toBeGreaterThanOrEqual(data.length)
      expect(downloaded).toBeLessThanOrEqual(expectedKib * KIB * 1.25)
      expect(downloaded).toBe(seeding.snapshot().uploaded)
    })
  }
})
