// Whether a torrent that follows is where it would be if it had been added with the new options.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { optionChanges } from '../src/torrent/option-changes.ts'
import type { AddOptions } from '../src/options.ts'
import { temporaryFolder, fixture, startSession, BLOCK } from './support.ts'

const FILES = ['a.mkv', 'b.nfo', 'c.txt'].map((name) => ({ path: ['top', name], isPad: false }))
const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined })

const anyOptions = fc
  .record({
    downloadLimitBps: optional(fc.constantFrom(0, 5)),
    uploadLimitBps: optional(fc.constantFrom(0, 5)),
    strategy: optional(fc.constantFrom('rarest' as const, 'sequential' as const)),
    seedRatio: optional(fc.constantFrom(1, 2)),
    seedIdleMs: optional(fc.constantFrom(1, 2)),
    label: optional(fc.constantFrom('x', 'y')),
    exclude: optional(fc.subarray(['*.nfo', '*.txt'])),
    high: optional(fc.subarray(['*.txt', '*.mkv'])),
    select: optional(fc.constant([1, 2])),
  })
  .map((given) => Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)))

/** What a session knows of a torrent after a command. */
function applied(state: Map<string, unknown>, options: Partial<AddOptions>, before: Partial<AddOptions>): void {
  for (const { type, ...command } of optionChanges({ infoHash: '', files: FILES }, before, options)) {
    state.set(type, command)
  }
}

describe('following other options', () => {
  it('leads to the same by any way', () => {
    fc.assert(
      fc.property(anyOptions, anyOptions, anyOptions, (start, way, end) => {
        const [direct, roundabout] = [new Map<string, unknown>(), new Map<string, unknown>()]
        applied(direct, end, start)
        applied(roundabout, way, start)
        applied(roundabout, end, way)
        for (const [type, command] of direct) expect(roundabout.get(type)).toEqual(command)
      }),
    )
  })

  it('commands nothing where nothing has changed, and nothing about files that are not known', () => {
    fc.assert(
      fc.property(anyOptions, (options) => {
        expect(optionChanges({ infoHash: '', files: FILES }, options, { ...options })).toEqual([])
      }),
    )
    expect(optionChanges({ infoHash: '', files: [] }, {}, { exclude: ['*.nfo'] })).toEqual([])
  })

  it('is what the session does', async () => {
    const source = fixture({ lengths: [BLOCK, BLOCK], pieceLength: BLOCK })
    const { session } = await startSession()
    const torrent = await session.add(source.torrent, { directory: temporaryFolder() })
    const name = torrent.files()[1]!.path.at(-1)!
    const options = { uploadLimitBps: 5, strategy: 'sequential', label: 'x', seedRatio: 3, exclude: [name] } as const
    const following = { infoHash: torrent.infoHash, files: torrent.metainfo?.files ?? [] }
    for (const command of optionChanges(following, {}, options)) {
      expect(await session.command(command)).toEqual({ kind: 'done' })
    }
    expect(torrent.snapshot()).toMatchObject({ uploadLimitBps: 5, label: 'x', wantedLength: BLOCK })
    expect(torrent.files().map(({ priority }) => priority)).toEqual([4, 0])
    for (const command of optionChanges(following, options, {})) await session.command(command)
    expect(torrent.snapshot()).toMatchObject({ wantedLength: 2 * BLOCK })
    expect(torrent.snapshot()).not.toHaveProperty('uploadLimitBps')
  })
})
