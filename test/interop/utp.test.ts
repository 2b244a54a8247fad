// uTP against libtorrent, TCP switched off on both sides, over plain loopback: a session downloads from it and serves it.

import { createSocket } from 'node:dgram'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createSession } from '@ccbt/core'
import type { Session } from '@ccbt/core'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { startChild, waitFor } from './drivers/child.ts'
import type { Child } from './drivers/child.ts'
import { pythonWithLibtorrent } from './drivers/libtorrent.ts'
import { isInstalled } from './drivers/network.ts'
import { differences, makeFixture } from './fixture.ts'

const HOST = '127.0.0.1'
const TRANSFER_MS = 60_000

const fixture = makeFixture()
const { single } = fixture
const resources: AsyncDisposable[] = []
afterEach(async () => {
  for (const resource of resources.splice(0).toReversed()) await resource[Symbol.asyncDispose]()
})
afterAll(() => fixture[Symbol.dispose]())

const python = pythonWithLibtorrent()
const missing = python === undefined ? 'python3-libtorrent' : isInstalled('setpriv') ? undefined : 'setpriv'
const skipped = missing === undefined ? '' : ` (skipped: ${missing} is not installed)`

interface Peer {
  readonly child: Child
  readonly address: string
  said(word: string): boolean
}

let folders = 0
function folder(): string {
  const path = join(fixture.root, `utp-${++folders}`)
  mkdirSync(path)
  return path
}

/** A UDP port that is free now. */
async function freePort(): Promise<number> {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(0, HOST, resolve))
  const { port } = socket.address()
  await new Promise<void>((resolve) => socket.close(resolve))
  return port
}

async function startLibtorrent(job: { role: 'seed' | 'download'; dir: string; peers?: string[] }): Promise<Peer> {
  const torrent = join(folder(), 'job.torrent')
  writeFileSync(torrent, single.encode([]))
  const address = `${HOST}:${await freePort()}`
  const words: string[] = []
  const script = join(import.meta.dirname, 'drivers/libtorrent_utp.py')
  const command = [python ?? 'python3', script, JSON.stringify({ ...job, torrent, listen: address })]
  const child = startChild(command, { onLine: (line) => words.push(line) })
  resources.push({ [Symbol.asyncDispose]: () => child.stop() })
  return { child, address, said: (word) => words.includes(word) }
}

async function startSession(): Promise<{ session: Session; address: string }> {
  const session = await createSession({ stateDir: folder(), bind: HOST, transports: { tcp: false } })
  resources.push(session)
  return { session, address: `${HOST}:${session.snapshot().port}` }
}

describe('libtorrent over uTP', () => {
  it.skipIf(missing !== undefined)(`is connected to, and gives its data${skipped}`, async () => {
    const seeder = await startLibtorrent({ role: 'seed', dir: fixture.source })
    await waitFor('libtorrent seeds', TRANSFER_MS, () => seeder.said('ready'))
    const { session } = await startSession()
    const directory = folder()
    const torrent = await session.add(single.encode([]), { directory, peers: [seeder.address] })
    const { pieces } = torrent.snapshot()
    await waitFor('all pieces are here', TRANSFER_MS, () => torrent.snapshot().piecesDone === pieces)
    await torrent.complete
    expect(differences(fixture, single, directory)).toEqual([])
  })

  it.skipIf(missing !== undefined)(`connects, and gets our data${skipped}`, async () => {
    const { session, address } = await startSession()
    await session.add(single.encode([]), { directory: fixture.source, check: 'skip' })
    const dir = folder()
    const leecher = await startLibtorrent({ role: 'download', dir, peers: [address] })
    await waitFor('libtorrent completes', TRANSFER_MS, () => leecher.said('done'))
    await waitFor('the files are whole', 30_000, () => differences(fixture, single, dir).length === 0)
  })
})
