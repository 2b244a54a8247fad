// What a kill in the middle of a move leaves to the next start.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, it, vi } from 'vitest'

import { PATIENCE, startEngine, temporaryFolder, torrentFile } from './support.ts'

it('a torrent is where the move that was cut off has brought it, and stays there', async () => {
  const [stateDir, from, to] = [temporaryFolder(), temporaryFolder(), temporaryFolder()]
  const engine = await startEngine({}, stateDir)
  const source = { kind: 'torrent-file', bytes: torrentFile('a.bin') } as const
  writeFileSync(join(from, 'a.bin'), Buffer.alloc(20_000))
  const { torrent } = await engine.add({ source, settings: { directory: from, isPaused: true }, isOwner: true })
  await engine[Symbol.asyncDispose]()
  await engine.session[Symbol.asyncDispose]()
  mkdirSync(join(stateDir, 'resume'), { recursive: true })
  const place = (directory: string): object => ({ directory, names: [] })
  const journal = join(stateDir, 'resume', `${torrent.infoHash}.move`)
  writeFileSync(journal, JSON.stringify({ from: place(from), to: place(to) }))

  for (let start = 0; start < 2; start++) {
    const again = await startEngine({}, stateDir)
    const [found] = again.torrents()
    // The second time the row says so before the session has the torrent.
    await vi.waitFor(() => expect([found?.summary()?.directory, found?.settings.directory]).toEqual([to, to]), PATIENCE)
    expect([from, to].map((folder) => existsSync(join(folder, 'a.bin')))).toEqual([false, true])
    await again[Symbol.asyncDispose]()
    await again.session[Symbol.asyncDispose]()
  }
  // Nobody looks at the old folder any more.
  expect(existsSync(journal)).toBe(false)
})
