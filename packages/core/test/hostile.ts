// A session under attack: it has the first half of a torrent and shares with an honest session that has the second,
// while raw peers do what they like to it.

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { bug } from '@ccbt/primitives'
import type { Clock } from '@ccbt/primitives'
import { expect, onTestFinished } from 'vitest'

import type { SessionOptions, TorrentHandle } from '../src/index.ts'
import { connectPeer, fixture, startSession, temporaryFolder } from './support.ts'
import type { Fixture, RawPeer, TestSession } from './support.ts'

/** 64 pieces of two blocks. */
export const SOURCE: Fixture = fixture({ lengths: [2_097_152], pieceLength: 32_768 })
export const PIECES = 64

export const PLAIN = { fast: false, extended: false }
export const FAST = { fast: true, extended: false }
export const EXTENDED = { fast: true, extended: true }

export interface Victim extends TestSession {
  readonly torrent: TorrentHandle
  readonly source: Fixture
  /** A raw peer whose handshake has been answered. */
  readonly attacker: (features?: typeof PLAIN) => Promise<RawPeer>
  /** Why the session ended the connection of a raw peer; waits for the end. */
  readonly endOf: (peer: RawPeer) => Promise<string | undefined>
}

export interface VictimOptions {
  readonly source?: Fixture
  /** Which part of the data it has, from 0 to 1. Default 0.5. */
  readonly has?: number
  readonly clock?: Clock
  readonly session?: Partial<SessionOptions>
  readonly peers?: readonly string[]
}

/** A live session that attackers can reach. */
export async function startVictim(options: VictimOptions = {}): Promise<Victim> {
  const source = options.source ?? SOURCE
  const directory = temporaryFolder()
  await placePart(source, directory, 0, options.has ?? 0.5)
  const started = await startSession(options.session, options.clock === undefined ? {} : { clock: options.clock })
  const torrent = await started.session.add(source.torrent, { directory, peers: options.peers ?? [] })
  await expect.poll(() => torrent.snapshot().phase, { interval: 5 }).not.toBe('checking')
  const addresses = new WeakMap<RawPeer, string>()
  return {
    ...started,
    torrent,
    source,
    async attacker(features = PLAIN) {
      const peer = await connectPeer(started.port, source, features)
      addresses.set(peer, `127.0.0.1:${peer.socket.localPort}`)
      await expect.poll(() => peer.heard.length, { interval: 5 }).toBeGreaterThan(0)
      return peer
    },
    async endOf(peer) {
      await expect.poll(() => peer.isClosed(), { interval: 5 }).toBe(true)
      for (const event of started.events) {
        if (event.type === 'peer-disconnected' && event.address === addresses.get(peer)) return event.reason
      }
      return undefined
    },
  }
}

/** An honest session with the second half exchanges everything with the victim. */
export async function exchangeHonestly(victim: Victim): Promise<void> {
  const directory = temporaryFolder()
  await placePart(victim.source, directory, 0.5, 1)
  const { session } = await startSession()
  const torrent = await session.add(victim.source.torrent, { directory, peers: [`127.0.0.1:${victim.port}`] })
  await Promise.all([torrent.complete, victim.torrent.complete])
}

/** Writes the bytes from part `from` to part `to`; everything else is zeros. */
async function placePart(source: Fixture, folder: string, from: number, to: number): Promise<void> {
  if (from === to) return
  const { length } = source.bytes
  const bytes = new Uint8Array(length)
  const begin = from * length
  bytes.set(source.bytes.subarray(begin, to * length), begin)
  await writeFile(join(folder, 'one.bin'), bytes)
}

/** Calls `wave` again and again, a turn of the event loop apart, until the connection is closed; gives the count. */
export async function flood(peer: RawPeer, wave: (n: number) => void, maxWaves = Infinity): Promise<number> {
  let waves = 0
  while (!peer.isClosed() && waves < maxWaves) {
    wave(waves++)
    peer.flush()
    // What the other side reads next comes first: memory for what is sent is not the point.
    await new Promise((resolve) => setImmediate(resolve))
    while (peer.socket.writableLength > 262_144 && !peer.isClosed()) {
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  }
  return waves
}

/**
 * Measures what an attack costs the process from now on. Turns are measured in CPU time of the main thread, so that a
 * busy machine changes nothing; a turn also holds the work of the attackers, which live in the same thread, and the
 * garbage collector's.
 */
export function watchCost(): { readonly expectLittle: (mebibytes?: number) => void } {
  collectGarbage()
  const before = process.memoryUsage().rss
  let last = threadCpuMs()
  let longestTurnMs = 0
  const timer = setInterval(() => {
    const now = threadCpuMs()
    longestTurnMs = Math.max(longestTurnMs, now - last)
    last = now
  }, 5)
  onTestFinished(() => clearInterval(timer))
  return {
    expectLittle(mebibytes = 160) {
      clearInterval(timer)
      collectGarbage()
      // The aim is 50 ms and 64 MiB; the margin is for first compilations, collections and the attackers themselves.
      expect(longestTurnMs).toBeLessThan(250)
      expect((process.memoryUsage().rss - before) / 1_048_576).toBeLessThan(mebibytes)
    },
  }
}

function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

/** Frees what nobody holds, so that memory can be compared. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  const gc: unknown = runInNewContext('gc')
  if (typeof gc !== 'function') throw bug('no garbage collector')
  gc()
}
