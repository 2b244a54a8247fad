// What travels to a session that has an older version of a file, against the table in docs/xet.md.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { scaledClock } from '@ccbt/testkit'
import { describe, expect, it } from 'vitest'

import { fixture, startSession, temporaryFolder } from './support.ts'
import type { Fixture } from './support.ts'
import { v2Fixture } from './v2-support.ts'
import { EDITS, oldVersion } from './xet-edits.ts'

const KIB = 1024
const old = oldVersion()

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

function torrentOf(kind: 'v1' | 'v2', data: Uint8Array): Fixture {
  const shape = { lengths: [data.length], pieceLength: 262_144 }
  return kind === 'v1' ? fixture({ ...shape, bytes: data }) : v2Fixture({ ...shape, kind, contents: [data] })
}

describe('of a new version travels', () => {
  for (const [kind, { what, apply, expectedKib }] of EDITS.flatMap((edit) =>
    (['v1', 'v2'] as const).map((each) => [each, edit] as const),
  )) {
    it(`about ${expectedKib} KiB after ${what} (${kind})`, async () => {
      const { index } = await sessionWithOld()
      // What is held back for the peer's answers is not given up because this machine does something else.
      const clock = scaledClock()
      const data = apply(old)
      const next = torrentOf(kind, data)
      const folder = temporaryFolder()
      await next.place(folder)
      const seeder = await startSession({ xet: { index: join(temporaryFolder(), 'chunks.sqlite') } }, { clock })
      const seeding = await seeder.session.add(next.torrent, { directory: folder })
      await seeding.complete
      const { session, events } = await startSession({ xet: { index } }, { clock })
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
