// Peers find each other through real trackers: nobody is told an address.

import { afterAll, afterEach, describe, it } from 'vitest'
import { openArena, subject } from './arena.ts'
import { aria2 } from './drivers/aria2.ts'
import type { Driver } from './drivers/driver.ts'
import { libtorrent } from './drivers/libtorrent.ts'
import { rtorrent } from './drivers/rtorrent.ts'
import { opentrackerMissing, startCcbtTracker, startOpentracker } from './drivers/trackers.ts'
import type { Tracker } from './drivers/trackers.ts'

const arena = await openArena()
const { multi } = arena.fixture
const place = (): { host: string; port: number; work: string } => ({
  host: arena.nextHost(),
  port: 6969,
  work: arena.folder('tracker'),
})
const KINDS = [
  {
    name: 'opentracker',
    missing: opentrackerMissing(),
    start: (): Promise<Tracker> => startOpentracker(arena.network, place(), multi.infoHash),
  },
  {
    name: 'ccbt tracker',
    missing: undefined,
    start: (): Promise<Tracker> => startCcbtTracker(arena.network, place()),
  },
]

afterEach(() => arena.clear())
afterAll(() => arena[Symbol.asyncDispose]())

function declare(driver: Driver, schemes: readonly ('http' | 'udp')[], start: () => Promise<Tracker>): void {
  const reason = arena.reasonToSkip(driver)
  const title = reason === undefined ? driver.name : `${driver.name} (skipped: ${reason})`
  describe.skipIf(reason !== undefined)(title, () => {
    for (const scheme of schemes) {
      const announceUrl = (tracker: Tracker): string => (scheme === 'http' ? tracker.httpUrl : tracker.udpUrl)

      it(`is found over ${scheme.toUpperCase()}`, async () => {
        const trackers = [announceUrl(arena.use(await start()))]
        await arena.seed(driver, multi, { trackers })
        await arena.expectComplete(await arena.download(subject, multi, { trackers }))
      })

      it(`finds over ${scheme.toUpperCase()}`, async () => {
        const trackers = [announceUrl(arena.use(await start()))]
        await arena.seed(subject, multi, { trackers })
        await arena.expectComplete(await arena.download(driver, multi, { trackers }))
      })
    }
  })
}

for (const kind of KINDS) {
  const title = kind.missing === undefined ? kind.name : `${kind.name} (skipped: ${kind.missing})`
  describe.skipIf(kind.missing !== undefined)(title, () => {
    declare(libtorrent, ['http', 'udp'], kind.start)
    declare(rtorrent, ['udp'], kind.start)
    // Its UDP trackers need its DHT, which is off here.
    declare(aria2, ['http'], kind.start)
  })
}
