// What is wanted of a torrent, and how that changes while it runs.

import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { createPicker } from '@ccbt/piece-picker'
import { Layout, seededRandom } from '@ccbt/primitives'
import type { PieceIndex } from '@ccbt/primitives'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { filesByPatterns, matchesFile } from '../src/index.ts'
import { prioritiesByPatterns } from '../src/torrent/file-patterns.ts'
import type { Session } from '../src/index.ts'
import { Selection } from '../src/torrent/selection.ts'
import { fixture, seedingPeer, startSession, temporaryFolder } from './support.ts'
import type { Fixture } from './support.ts'

const PIECE = 32_768

function filesOf(lengths: readonly number[]): {
  files: { offset: number; length: number; isPad: boolean }[]
  total: number
} {
  let total = 0
  const files = lengths.map((length) => {
    const file = { offset: total, length, isPad: false }
    total += length
    return file
  })
  return { files, total }
}

describe('priorities of files', () => {
  it('give each piece that of its most wanted file, also after any number of changes', () => {
    const lengths = fc.array(fc.integer({ min: 0, max: 3 * PIECE }), { minLength: 1, maxLength: 12 })
    const changes = fc.array(fc.array(fc.integer({ min: 0, max: 7 }), { minLength: 12, maxLength: 12 }), {
      maxLength: 4,
    })
    fc.assert(
      fc.property(lengths, changes, (given, changed) => {
        const { files, total } = filesOf([...given, 1])
        const layout = new Layout({ totalLength: total, pieceLength: PIECE })
        const picker = createPicker({ layout, clock: { now: () => 0 }, random: seededRandom(1) })
        const selection = new Selection(files, layout)
        for (const all of [files.map(() => 4), ...changed]) {
          const priorities = files.map((_, index) => all[index] ?? 3)
          selection.change(priorities)
          selection.tell(picker)
          let wanted = 0
          for (let piece = 0; piece < layout.pieces; piece++) {
            const [start, end] = [piece * PIECE, (piece + 1) * PIECE]
            const inPiece = files.map((f) => f.length > 0 && f.offset < end && f.offset + f.length > start)
            const most = Math.max(0, ...priorities.filter((_, index) => inPiece[index]))
            expect(picker.priority(piece as PieceIndex)).toBe(most)
            expect(selection.isWanted(piece as PieceIndex)).toBe(most > 0)
            if (most > 0) wanted += layout.pieceLength(piece as PieceIndex)
          }
          expect(selection.length).toBe(wanted)
        }
      }),
    )
  })

  it('leave the ends of wanted files first when players are to begin soon', () => {
    const { files, total } = filesOf([10 * PIECE, 400 * PIECE])
    const layout = new Layout({ totalLength: total, pieceLength: PIECE })
    const picker = createPicker({ layout, clock: { now: () => 0 }, random: seededRandom(1) })
    new Selection(files, layout, { priorities: [0, 4], firstLastFirst: true }).tell(picker)
    const priorities = Array.from({ length: 410 }, (_, piece) => picker.priority(piece as PieceIndex))
    const raised = priorities.flatMap((priority, piece) => (priority === 7 ? [piece] : []))
    expect(raised).toEqual([10, 11, 12, 13, 406, 407, 408, 409])
    expect(priorities.slice(0, 10)).toEqual(Array(10).fill(0))
    expect(priorities.slice(14, 406).every((priority) => priority === 4)).toBe(true)
  })

  it('of the ends of files can be switched at any time', () => {
    const { files, total } = filesOf([400 * PIECE])
    const layout = new Layout({ totalLength: total, pieceLength: PIECE })
    const picker = createPicker({ layout, clock: { now: () => 0 }, random: seededRandom(1) })
    const selection = new Selection(files, layout)
    const raised = (): number[] => {
      selection.tell(picker)
      return Array.from({ length: 400 }, (_, piece) => piece).filter((p) => picker.priority(p as PieceIndex) === 7)
    }
    selection.raiseEnds(true)
    expect(raised()).toEqual([0, 1, 2, 3, 396, 397, 398, 399])
    selection.change([5])
    expect(raised()).toHaveLength(8)
    selection.raiseEnds(false)
    expect(raised()).toEqual([])
  })

  it.each([[[4]], [[4, 8]], [[4, -1]], [[4, 1.5]], [[4, 4, 4]]])('are refused when they are %j', (priorities) => {
    const { files, total } = filesOf([PIECE, PIECE])
    const layout = new Layout({ totalLength: total, pieceLength: PIECE })
    expect(() => new Selection(files, layout, { priorities })).toThrow(/priorit/)
  })
})

describe('patterns of files', () => {
  const files = ['top/movie.mkv', 'top/Sample/movie.MKV', 'top/setup.EXE', 'top/.hidden.exe', 'top/README'].map(
    (path) => ({
      path: path.split('/'),
      isPad: false,
    }),
  )

  it.each([
    [{ exclude: ['*.exe'] }, [0, 1, 4]],
    [{ exclude: ['sample/*'] }, [0, 2, 3, 4]],
    [{ allowOnly: ['*.mkv'] }, [0, 1]],
    [{ allowOnly: ['*.mkv'], exclude: ['*/sample/*'] }, [0]],
    [{ exclude: ['readme'] }, [0, 1, 2, 3]],
    [{}, undefined],
  ])('%j choose %j', (patterns, chosen) => {
    expect(filesByPatterns(files, patterns)).toEqual(chosen)
  })

  it.each([
    [{ high: ['*.mkv'] }, undefined, [7, 7, 4, 4, 4]],
    [{ high: ['readme'], low: ['*.exe', 'readme'] }, undefined, [4, 4, 1, 1, 7]],
    [{ low: ['*.mkv'] }, [0, 2], [1, 0, 4, 0, 0]],
    [{ exclude: ['*.mkv'] }, undefined, undefined],
  ])('%j of %j are wanted as much as %j', (patterns, select, priorities) => {
    expect(prioritiesByPatterns(files, patterns, select)).toEqual(priorities)
  })

  it('that leave nothing are refused', () => {
    expect(() => filesByPatterns(files, { allowOnly: ['*.iso'] })).toThrow(/leave none of the 5 files/)
  })

  it('match names of any case, and none is hidden by a dot', () => {
    expect(matchesFile(['a', '..Evil.ExE'], '*.exe')).toBe(true)
    expect(matchesFile(['a', 'evil.exe.txt'], '*.exe')).toBe(false)
  })
})

/** Two files that share a piece, and more. */
function torrentOf(): Fixture {
  return fixture({ lengths: [100_000, 70_000, 200_000], pieceLength: PIECE })
}

async function expectFile(source: Fixture, folder: string, index: number): Promise<void> {
  const { path, offset, length } = source.metainfo.files[index]!
  const data = await readFile(join(folder, ...path))
  expect(Buffer.compare(data, source.bytes.subarray(offset, offset + length))).toBe(0)
}

function exists(source: Fixture, folder: string, index: number): boolean {
  return existsSync(join(folder, ...source.metainfo.files[index]!.path))
}

function prioritise(session: Session, infoHash: string, priorities: number[]): ReturnType<Session['command']> {
  return session.command({ type: 'priorities', infoHash, priorities })
}

describe('the selection of a running torrent', () => {
  it('grows: only selected files exist, and what was there of others moves into them', async () => {
    const source = torrentOf()
    const peer = await seedingPeer(source)
    const [directory, stateDir] = [temporaryFolder(), temporaryFolder()]
    const { session, events } = await startSession({ stateDir })
    const torrent = await session.add(source.torrent, { directory, select: [0], peers: [peer.address] })
    await torrent.complete
    await expectFile(source, directory, 0)
    expect(exists(source, directory, 1)).toBe(false)
    expect(torrent.files().map(({ priority }) => priority)).toEqual([4, 0, 0])
    expect(await prioritise(session, torrent.infoHash, [4, 7, 0])).toEqual({ kind: 'done' })
    const completions = (): number => events.filter(({ type }) => type === 'complete').length
    await expect.poll(completions).toBe(2)
    expect(torrent.snapshot()).toMatchObject({ phase: 'seeding', wantedDone: 196_608 })
    await expectFile(source, directory, 1)
    expect(exists(source, directory, 2)).toBe(false)
    // The piece that both files have a part of was not fetched again.
    expect(peer.sent()).toBe(196_608)

    // The record of it holds after a restart: nothing is hashed.
    await session[Symbol.asyncDispose]()
    const again = await startSession({ stateDir })
    const restarted = await again.session.add(source.torrent, { directory, priorities: [4, 7, 0] })
    await restarted.complete
    expect(restarted.snapshot()).toMatchObject({ piecesDone: 6, wantedDone: 196_608 })
    expect(again.events.map(({ type }) => type)).not.toContain('checking')
  })

  it('shrinks while it downloads: it is complete when the rest is', async () => {
    const source = torrentOf()
    const peer = await seedingPeer(source, { answers: (piece) => piece < 4 })
    const directory = temporaryFolder()
    const { session } = await startSession()
    const torrent = await session.add(source.torrent, { directory, peers: [peer.address], priorities: [7, 4, 4] })
    await expect.poll(() => torrent.snapshot().piecesDone).toBe(4)
    await prioritise(session, torrent.infoHash, [7, 0, 0])
    await torrent.complete
    await expectFile(source, directory, 0)
    expect(torrent.snapshot()).toMatchObject({ wantedLength: 131_072, wantedDone: 131_072, phase: 'seeding' })
  })

  it('does not wait for memory that is bound by what is not wanted any more', async () => {
    const source = fixture({ lengths: [8_388_608, 1_048_576], pieceLength: 1_048_576 })
    const peer = await seedingPeer(source, { answers: (piece, begin) => piece === 8 || begin > 0 })
    const { session } = await startSession({ writeBudgetBytes: 4_194_304 })
    const torrent = await session.add(source.torrent, {
      directory: temporaryFolder(),
      peers: [peer.address],
      priorities: [7, 1],
      strategy: 'sequential',
    })
    await expect.poll(() => session.snapshot().disk.openBytes).toBeGreaterThanOrEqual(3_145_728)
    await prioritise(session, torrent.infoHash, [0, 1])
    await torrent.complete
    expect(torrent.snapshot()).toMatchObject({ wantedDone: 1_048_576, piecesDone: 1 })
  })

  it('is refused when there is not one priority for each file', async () => {
    const source = torrentOf()
    const { session } = await startSession()
    const { infoHash } = await session.add(source.torrent, { directory: temporaryFolder(), paused: true })
    expect(await prioritise(session, infoHash, [4])).toEqual({
      kind: 'refused',
      reason: 'there are 1 priorities for 3 files',
    })
  })
})

describe('the strategy', () => {
  it('changes at once', async () => {
    const source = fixture({ lengths: [40 * PIECE], pieceLength: PIECE })
    const asked: number[] = []
    const changed = Promise.withResolvers<void>()
    const peer = await seedingPeer(source, {
      after: changed.promise,
      answers: (piece) => {
        if (asked.at(-1) !== piece) asked.push(piece)
        return true
      },
    })
    const { session } = await startSession()
    const torrent = await session.add(source.torrent, { directory: temporaryFolder(), peers: [peer.address] })
    await expect.poll(() => asked.length).toBeGreaterThan(5)
    // All that was asked for in the old order has arrived.
    await expect.poll(() => torrent.snapshot().peers[0]?.requests === peer.requested()).toBe(true)
    await session.command({ type: 'strategy', infoHash: torrent.infoHash, strategy: 'sequential' })
    const before = asked.length
    changed.resolve()
    await torrent.complete
    const first = asked.slice(0, before)
    const after = asked.slice(before).filter((piece) => !first.includes(piece))
    expect(first).not.toEqual([...first].sort((a, b) => a - b))
    expect(after.length).toBeGreaterThan(10)
    expect(after).toEqual([...after].sort((a, b) => a - b))
  })
})
