// Files that are read while they are downloaded, from real sessions that send at a known rate. Their clock stands still
// while this machine does something else.

import { scaledClock } from '@ccbt/testkit'
import type { Clock } from '@ccbt/primitives'
import { describe, expect, it } from 'vitest'

import type { TorrentHandle } from '../src/index.ts'
import { fixture, seedingPeer, startSession, temporaryFolder } from './support.ts'
import type { Fixture } from './support.ts'

const MIB = 1_048_576
const never = new AbortController().signal

/** Sessions that seed, each with its own upload limit; gives their addresses. */
async function seedersOf(source: Fixture, ratesBps: readonly number[], clock: Clock): Promise<string[]> {
  return Promise.all(
    ratesBps.map(async (uploadLimitBps) => {
      const directory = temporaryFolder()
      await source.place(directory)
      const { session, port } = await startSession({ uploadLimitBps }, { clock })
      await (
        await session.add(source.torrent, { directory })
      ).complete
      return `127.0.0.1:${port}`
    }),
  )
}

async function readAll(torrent: TorrentHandle, file: number, start: number, end: number): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of torrent.read(file, { start, end }, never)) parts.push(part)
  return Buffer.concat(parts)
}

function expected(source: Fixture, file: number, start: number, end: number): Uint8Array {
  const { offset } = source.metainfo.files[file]!
  return source.bytes.subarray(offset + start, offset + end)
}

describe('a file that is read while it is downloaded', () => {
  it('gives its bytes wherever somebody reads, in several places at once', async () => {
    const source = fixture({ lengths: [300_000, 2_000_001, 50_000], pieceLength: 65_536 })
    const peer = await seedingPeer(source)
    const { session } = await startSession()
    const torrent = await session.add(source.torrent, { directory: temporaryFolder(), peers: [peer.address] })
    const ranges = [
      [1, 1_500_000, 2_000_001],
      [1, 0, 100_000],
      [0, 299_999, 300_000],
      [2, 0, 99_999_999],
    ] as const
    const read = await Promise.all(ranges.map(([file, start, end]) => readAll(torrent, file, start, end)))
    for (const [i, [file, start, end]] of ranges.entries()) {
      const { length } = source.metainfo.files[file]!
      expect(read[i]!.equals(expected(source, file, start, Math.min(end, length)))).toBe(true)
    }
  })

  it('begins with what is needed: a seek takes less than twice the time that its bytes take at full rate', async () => {
    const source = fixture({ lengths: [64 * MIB], pieceLength: MIB / 4 })
    const ratesBps = [3 * MIB, 2 * MIB, MIB]
    const clock = scaledClock()
    const peers = await seedersOf(source, ratesBps, clock)
    const rateBps = ratesBps.reduce((sum, rate) => sum + rate, 0)
    const { session } = await startSession({}, { clock })
    const torrent = await session.add(source.torrent, { directory: temporaryFolder(), peers, strategy: 'streaming' })
    // Everybody is busy elsewhere.
    await expect.poll(() => torrent.snapshot().downloadBps).toBeGreaterThan(0.7 * rateBps)
    const took: number[] = []
    for (const place of [0.9, 0.5, 0.7]) {
      const start = Math.floor(place * 64) * MIB
      const length = 3 * MIB
      const before = clock.now()
      const bytes = await readAll(torrent, 0, start, start + length)
      took.push(((clock.now() - before) / 1000 / length) * rateBps)
      expect(bytes.equals(expected(source, 0, start, start + length))).toBe(true)
    }
    expect(took.toSorted((a, b) => a - b)[1]).toBeLessThan(2)
  })

  it('does not stall when a peer at the front is much slower than the rest', async () => {
    const source = fixture({ lengths: [12 * MIB], pieceLength: MIB / 8 })
    const clock = scaledClock()
    const peers = await seedersOf(source, [MIB, MIB, 10_000], clock)
    const { session } = await startSession({}, { clock })
    const torrent = await session.add(source.torrent, { directory: temporaryFolder(), peers, strategy: 'streaming' })
    await expect.poll(() => torrent.snapshot().piecesDone).toBeGreaterThan(4)
    // Playback at two thirds of what the swarm gives.
    const playBps = (2 * MIB) / 1.5
    let read = 0
    let startedAtMs: number | undefined
    let longestWaitMs = 0
    for await (const part of torrent.read(0, { start: 0, end: 10 * MIB }, never)) {
      const nowMs = clock.now()
      startedAtMs ??= nowMs
      const dueMs = startedAtMs + 2000 + (read / playBps) * 1000
      longestWaitMs = Math.max(longestWaitMs, nowMs - dueMs)
      if (dueMs > nowMs + 50) await new Promise<void>((resolve) => clock.after(dueMs - nowMs, resolve))
      read += part.length
    }
    expect(read).toBe(10 * MIB)
    // Players hold two seconds and more before they begin. A block of the slow peer takes 1.6 s, and it has many to send.
    expect(longestWaitMs).toBeLessThan(1000)
  })

  it('ends when the reader goes, the torrent is closed or the file is not wanted', async () => {
    const source = fixture({ lengths: [100_000, 100_000], pieceLength: 32_768 })
    const { session } = await startSession()
    const torrent = await session.add(source.torrent, { directory: temporaryFolder(), select: [0] })
    await expect(readAll(torrent, 1, 0, 1)).rejects.toMatchObject({ code: 'TORRENT_FILE_UNWANTED' })
    await expect(readAll(torrent, 2, 0, 1)).rejects.toMatchObject({ code: 'TORRENT_FILE_UNWANTED' })
    const gone = new AbortController()
    const reading = torrent.read(0, { start: 0, end: 1 }, gone.signal).next()
    gone.abort(new Error('gone'))
    await expect(reading).rejects.toThrow('gone')
    const waiting = readAll(torrent, 0, 0, 1)
    const outcome = expect(waiting).rejects.toThrow()
    await session.command({ type: 'remove', infoHash: torrent.infoHash })
    await outcome
  })
})
