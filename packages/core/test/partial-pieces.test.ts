import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

import { BLOCK, fixture, seedingPeer, startSession, temporaryFolder } from './support.ts'
import type { Fixture } from './support.ts'

const KIB = 1024
/** Soon after it is so, however busy the machine is. */
const POLL = { interval: 5, timeout: 30_000 }

/** A torrent of one piece, and a seed that counts the bytes asked of it. */
async function slowDownload(pieceLength: number): Promise<{
  readonly source: Fixture
  readonly address: string
  /** Bytes asked since the last call. */
  readonly asked: () => number
}> {
  const source = fixture({ lengths: [pieceLength], pieceLength })
  let asked = 0
  const peer = await seedingPeer(source, { answers: () => (asked += BLOCK) > 0 })
  const take = (): number => {
    const bytes = asked
    asked = 0
    return bytes
  }
  return { source, address: peer.address, asked: take }
}

/** Downloads in a process of its own, kills it when it has `bytes`, and says how many it had. */
async function killedAt(bytes: number, args: readonly string[]): Promise<number> {
  const script = fileURLToPath(new URL('./downloading-child.ts', import.meta.url))
  const child = spawn(process.execPath, ['--conditions=ccbt-src', script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let downloaded = 0
  while (downloaded < bytes) {
    const [text] = await once(child.stdout, 'data')
    downloaded = Number(String(text).trim().split('\n').at(-1))
  }
  child.kill('SIGKILL')
  await once(child, 'exit')
  return downloaded
}

async function killAndFinish(pieceLength: number, limitBps: number): Promise<void> {
  const { source, address, asked } = await slowDownload(pieceLength)
  const stateDir = temporaryFolder()
  const directory = temporaryFolder()
  const torrentPath = join(temporaryFolder(), 'a.torrent')
  writeFileSync(torrentPath, source.torrent)
  const had = await killedAt(4 * limitBps, [torrentPath, stateDir, directory, address, `${limitBps}`])
  asked()
  const { session } = await startSession({ stateDir })
  const torrent = await session.add(source.torrent, { directory, peers: [address] })
  await torrent.complete
  expect(torrent.snapshot().wasted).toMatchObject({ hashFailed: 0 })
  // One second of data may be lost; two more are for a disk that is busy.
  expect(asked()).toBeLessThan(pieceLength - had + 3 * limitBps)
  expect(readFileSync(join(directory, 'one.bin')).equals(source.bytes)).toBe(true)
}

describe('a piece that is not complete', () => {
  it('is not fetched again when the process is killed', async () => {
    await Promise.all([killAndFinish(1024 * KIB, 200_000), killAndFinish(4096 * KIB, 900_000)])
  })

  it.each([1024 * KIB, 4096 * KIB])('of %i bytes is not fetched again after a stop or a pause', async (pieceLength) => {
    const { source, address, asked } = await slowDownload(pieceLength)
    const stateDir = temporaryFolder()
    const directory = temporaryFolder()
    const limitBps = pieceLength
    const first = await startSession({ stateDir, downloadLimitBps: limitBps })
    const one = await first.session.add(source.torrent, { directory, peers: [address] })
    await expect.poll(() => one.snapshot().downloaded, POLL).toBeGreaterThan(pieceLength / 4)
    await first.session.command({ type: 'pause', infoHash: one.infoHash })
    const paused = one.snapshot().downloaded
    asked()
    await first.session.command({ type: 'resume', infoHash: one.infoHash })
    await expect.poll(() => one.snapshot().downloaded, POLL).toBeGreaterThan(pieceLength / 2)
    await first.session[Symbol.asyncDispose]()
    const stopped = one.snapshot().downloaded
    expect(asked()).toBeLessThanOrEqual(pieceLength - paused)
    const { session } = await startSession({ stateDir })
    const two = await session.add(source.torrent, { directory, peers: [address] })
    await two.complete
    expect(asked()).toBeLessThanOrEqual(pieceLength - stopped)
    expect(two.snapshot()).toMatchObject({ downloaded: pieceLength, wantedDone: pieceLength })
  })

  it('is fetched again when its file was changed meanwhile, and nobody is banned', async () => {
    const { source, address } = await slowDownload(1024 * KIB)
    const stateDir = temporaryFolder()
    const directory = temporaryFolder()
    const first = await startSession({ stateDir, downloadLimitBps: 250_000 })
    const one = await first.session.add(source.torrent, { directory, peers: [address] })
    await expect.poll(() => one.snapshot().downloaded, POLL).toBeGreaterThan(100_000)
    await first.session[Symbol.asyncDispose]()
    const path = join(directory, 'one.bin')
    writeFileSync(path, Buffer.alloc(readFileSync(path).length))
    const { session, events } = await startSession({ stateDir })
    const two = await session.add(source.torrent, { directory, peers: [address] })
    await two.complete
    expect(events.map(({ type }) => type)).toContain('piece-corrupt')
    expect(two.snapshot().bannedPeers).toBe(0)
    expect(readFileSync(path).equals(source.bytes)).toBe(true)
  })
})
