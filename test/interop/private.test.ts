// A private torrent (BEP 27) is between its trackers and the peers that they name: with everything switched on, nothing
// else is sent a packet. A public torrent, run in the same way, shows that the watch would see it.

import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openArena, TRANSFER_MS } from './arena.ts'
import { ccbt, ccbtCommand } from './drivers/ccbt.ts'
import { waitFor } from './drivers/child.ts'
import { Flows, flowsMissing } from './drivers/flows.ts'
import type { Flow } from './drivers/flows.ts'
import { startSwarmTracker } from './drivers/trackers.ts'
import { differences } from './fixture.ts'
import { bencode } from './torrent-file.ts'
import type { TestTorrent } from './torrent-file.ts'

const LSD_GROUP = '239.192.152.143'
const arena = await openArena()
const { single } = arena.fixture
const reason = flowsMissing(arena.network)

/** The same data under the rule that it stays between the trackers' peers. */
function privateTwin(torrent: TestTorrent): TestTorrent {
  const { name, length, pieceLength, pieceHashes } = torrent
  const info = { length, name, 'piece length': pieceLength, pieces: pieceHashes, private: 1 }
  return {
    ...torrent,
    infoHash: createHash('sha1').update(bencode(info)).digest('hex'),
    encode: ([announce = '']) => bencode({ announce, info }),
  }
}

interface Run {
  readonly tracker: string
  readonly seeder: string
  readonly dhtNode: string
  readonly flows: readonly Flow[]
}

/** Downloads the torrent with every source switched on, and tells whom that was sent to. */
async function download(watch: Flows, torrent: TestTorrent): Promise<Run> {
  const { client } = await arena.seed(ccbt, torrent)
  const [place, dhtNode] = [{ host: arena.nextHost(), port: 6969, work: arena.folder('tracker') }, arena.nextHost()]
  const tracker = arena.use(await startSwarmTracker(arena.network, place, [client.address]))
  const dir = arena.folder('download')
  mkdirSync(dir)
  const file = join(dir, 'job.torrent')
  writeFileSync(file, torrent.encode([tracker.httpUrl]))
  const sources = ['--lsd', '--dht-bootstrap', `${dhtNode}:6881`, '--no-port-mapping']
  const where = ['--output', join(dir, 'data'), '--state-dir', join(dir, 'state')]
  // Long enough for the announces on the local network, which are spread over seconds.
  const add = ccbtCommand('add', file, ...where, ...sources, '--json', '--download-limit', '8M')
  await watch.forget()
  const child = watch.run(['env', '-u', 'CCBT_DHT__ENABLED', '-u', 'CCBT_LSD__ENABLED', ...add])
  const end = await waitFor('ccbt ends', TRANSFER_MS, () => child.ended())
  expect(end, child.log()).toBe(0)
  expect(differences(arena.fixture, torrent, join(dir, 'data'))).toEqual([])
  const seeder = client.address.slice(0, client.address.lastIndexOf(':'))
  return { tracker: place.host, seeder, dhtNode, flows: await watch.list() }
}

function destinations({ flows }: Run): string[] {
  return [...new Set(flows.map(({ to }) => to))].toSorted()
}

describe.skipIf(reason !== undefined)(reason ? `packets (skipped: ${reason})` : 'packets', () => {
  let watch: Flows

  beforeAll(async () => {
    watch = await Flows.open(arena.network, arena.fixture.root)
  })
  afterEach(() => arena.clear())

  it('of a private torrent go to its tracker and the peer that it named', async () => {
    const run = await download(watch, privateTwin(single))
    expect(destinations(run)).toEqual([run.seeder, run.tracker].toSorted())
  })

  it('of a public torrent go to the DHT and to the local network as well', async () => {
    const run = await download(watch, single)
    const { dhtNode, seeder, tracker } = run
    expect(destinations(run)).toEqual(expect.arrayContaining([dhtNode, seeder, tracker, LSD_GROUP]))
    expect(run.flows).toContainEqual(expect.objectContaining({ to: dhtNode, protocol: 'udp', port: 6881 }))
  })
})

afterAll(() => arena[Symbol.asyncDispose]())
