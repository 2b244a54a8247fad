// Rows of torrents that are made again only when something has changed.

import { expect, it } from 'vitest'

import { RowBook, rowOf } from '../src/faces/rows.ts'
import { startEngine, temporaryFolder, torrentFile } from './support.ts'

it('a row is the one of before until something changes, and then it says so', async () => {
  const engine = await startEngine()
  const source = { kind: 'torrent-file', bytes: torrentFile('a') } as const
  const { torrent } = await engine.add({ source, settings: { isPaused: true } })
  await expect.poll(() => torrent.summary()?.phase).toBe('paused')
  const rows = new RowBook()
  const changes: (() => unknown)[] = [
    () => torrent.setLabels(['films']),
    () => torrent.setLimits({ downloadLimit: { isOn: true, bps: 5000 } }),
    () => torrent.setSequential(true),
    () => torrent.setTrackers([['http://127.0.0.1:1/announce']]),
    () => torrent.live({ activeAtMs: 12_345 }),
    () => torrent.live({ completedAtMs: 23_456 }),
    () => torrent.hold('no room'),
    () => torrent.move(temporaryFolder(), true),
    () => torrent.setFiles({ select: [], priorities: [0] }),
  ]
  for (const change of changes) {
    const before = rows.rowOf(torrent)
    expect(rows.rowOf(torrent)).toBe(before)
    await change()
    const after = rows.rowOf(torrent)
    expect(after).toEqual(rowOf(torrent))
    expect(after).not.toEqual(before)
  }
})
