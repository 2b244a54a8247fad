// Thousands of torrents at one HTTP and one UDP tracker: they are announced within a minute, over few sockets, and
// their end is told within 3 s in all. Prints what it took.

import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, afterEach, describe, expect, it } from 'vitest'

import { openArena } from './arena.ts'
import { waitFor } from './drivers/child.ts'
import type { Figures } from './drivers/many-torrents.ts'
import { opentrackerMissing, startCcbtTracker, startOpentracker } from './drivers/trackers.ts'
import type { Tracker } from './drivers/trackers.ts'

const TORRENTS = 1000
const SCRIPT = join(import.meta.dirname, 'drivers', 'many-torrents.ts')
const HASHES = Array.from({ length: TORRENTS }, (_, n) => createHash('sha1').update(`torrent ${n}`).digest('hex'))

const arena = await openArena()
afterEach(() => arena.clear())
afterAll(() => arena[Symbol.asyncDispose]())

const place = (): { host: string; port: number; work: string } => ({
  host: arena.nextHost(),
  port: 6969,
  work: arena.folder('tracker'),
})
const KINDS = [
  {
    name: 'opentracker',
    missing: opentrackerMissing(),
    // Its list of torrents, one on each line.
    start: (): Promise<Tracker> => startOpentracker(arena.network, place(), HASHES.join('\n')),
  },
  {
    name: 'ccbt tracker',
    missing: undefined,
    start: (): Promise<Tracker> => startCcbtTracker(arena.network, place()),
  },
]

async function announceAll(urls: readonly string[]): Promise<Figures> {
  const folder = arena.folder('many')
  mkdirSync(folder, { recursive: true })
  const list = join(folder, 'hashes')
  writeFileSync(list, HASHES.join('\n'))
  const lines: string[] = []
  const command = [process.execPath, '--conditions=ccbt-src', SCRIPT, list, ...urls]
  const child = arena.network.run(command, { onLine: (line) => lines.push(line) })
  arena.use({ [Symbol.asyncDispose]: () => child.stop() })
  await waitFor('all is told', 120_000, () => child.ended() !== undefined)
  expect(child.ended(), child.log()).toBe(0)
  return JSON.parse(lines.at(-1)!) as Figures
}

for (const kind of KINDS) {
  const title = kind.missing === undefined ? kind.name : `${kind.name} (skipped: ${kind.missing})`
  describe.skipIf(kind.missing !== undefined)(title, () => {
    it(`takes ${TORRENTS} torrents by HTTP and by UDP`, async () => {
      const tracker = arena.use(await kind.start())
      const figures = await announceAll([tracker.httpUrl, tracker.udpUrl])
      console.log(`${kind.name}: ${JSON.stringify(figures)}`)
      expect(figures).toMatchObject({ torrents: TORRENTS, announced: TORRENTS, failures: [] })
      expect(figures.announcedMs).toBeLessThan(60_000)
      expect(figures.mostSockets).toBeLessThan(50)
      // Each tracker was told once that a torrent is there, and once that it is gone.
      expect(figures.requests).toBe(4 * TORRENTS)
      expect(figures.stopMs).toBeLessThan(4000)
      expect(figures.stopped).toBeGreaterThan(0)
    })
  })
}
