// What the configuration says of single torrents, beside what the user decides and what the preferences say.

import { join } from 'node:path'

import { buildTorrent, parseTorrent, swarmHashes } from '@ccbt/metainfo'
import type { TorrentFacts } from '@ccbt/metainfo'
import { toHex } from '@ccbt/primitives'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { addOptionsOf } from '../src/engine/add-options.ts'
import type { ConfiguredTorrent } from '../src/engine/configured.ts'
import { detailOf } from '../src/faces/detail.ts'
import { withPriority } from '../src/faces/local-client.ts'
import { preferencesOf } from '../src/engine/preferences.ts'
import { PATIENCE, startEngine, temporaryFolder, torrentFile } from './support.ts'

const SETTINGS = { directory: '/d', isPaused: false, labels: [] }
const PREFERENCES = preferencesOf({ stateDir: '/s' }, '/d')
const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined })

describe('the options of a torrent', () => {
  it('are those of the user, then those meant for it, then the preferences, then those of all', () => {
    const layers = fc.record({
      own: optional(fc.record({ mode: fc.constantFrom('own', 'none', 'session'), limit: fc.constantFrom(1, 2) })),
      meant: optional(fc.constantFrom(3, 4)),
      preferred: fc.record({ isOn: fc.boolean(), value: fc.constantFrom(5, 6) }),
      general: optional(fc.constantFrom(7, 8)),
    })
    fc.assert(
      fc.property(layers, ({ own, meant, preferred, general }) => {
        const configured = {
          options: meant === undefined ? {} : { seedRatio: meant },
          general: general === undefined ? {} : { seedRatio: general },
        }
        const settings = own === undefined ? SETTINGS : { ...SETTINGS, ratioGoal: own }
        const { seedRatio } = addOptionsOf(settings, { ...PREFERENCES, ratioGoal: preferred }, configured)
        const otherwise = meant ?? (preferred.isOn ? preferred.value : general)
        const expected = { own: own?.limit, none: undefined, session: otherwise }
        expect(seedRatio).toBe(own === undefined ? otherwise : expected[own.mode])
      }),
    )
  })

  it.each([
    [undefined, 9],
    [{ isOn: false, bps: 5 }, 9],
    [{ isOn: true, bps: 5 }, 5],
  ])('a limit of the user %j before one of 9', (downloadLimit, downloadLimitBps) => {
    const settings = downloadLimit === undefined ? SETTINGS : { ...SETTINGS, downloadLimit }
    const options = { downloadLimitBps: 9, maxPeers: 3, strategy: 'streaming', dht: false } as const
    expect(addOptionsOf(settings, PREFERENCES, { options })).toMatchObject({ ...options, downloadLimitBps })
    const decided = { ...settings, maxPeers: 4, sequential: true }
    expect(addOptionsOf(decided, PREFERENCES, { options })).toMatchObject({ maxPeers: 4, strategy: 'sequential' })
  })
})

describe('a torrent that is added', () => {
  const folder = temporaryFolder
  const says =
    (answer: (facts: TorrentFacts) => ConfiguredTorrent) =>
    async (facts: TorrentFacts): Promise<ConfiguredTorrent> =>
      answer(facts)

  it('gets a label once, and goes where that label leads', async () => {
    const films = folder()
    const engine = await startEngine({
      configuration: says(({ labels }) => ({
        options: labels?.includes('films') === true ? { uploadLimitBps: 7 } : {},
        label: 'films',
        ...(labels?.includes('films') === true ? { directory: films } : {}),
      })),
    })
    const { torrent } = await engine.add({ source: { kind: 'torrent-file', bytes: torrentFile('a') }, settings: {} })
    expect(torrent.settings).toMatchObject({ labels: ['films'], directory: films })
    expect(torrent.summary()).toMatchObject({ label: 'films', uploadLimitBps: 7 })
    await torrent.setLabels(['mine'])
    expect(torrent.summary()).toMatchObject({ label: 'mine' })
    expect(torrent.summary()).not.toHaveProperty('uploadLimitBps')
    const bytes = torrentFile('b')
    const settings = { labels: ['mine'], directory: join(engine.downloadDirectory, 'x') }
    const other = await engine.add({ source: { kind: 'torrent-file', bytes }, settings })
    expect(other.torrent.settings).toMatchObject(settings)
  })

  it('has the files that are not excluded, and keeps them when the user chooses among the others', async () => {
    const files = ['a.mkv', 'b.nfo', 'c.txt'].map((name) => ({ path: [name], length: 16_384 }))
    const layout = { isMultiFile: true, pieceLength: 16_384, pieceHashes: new Uint8Array(60), trackers: [] }
    const bytes = buildTorrent({ name: 'chosen', files, ...layout })
    const engine = await startEngine({ configuration: says(() => ({ options: { exclude: ['*.nfo'] } })) })
    const { torrent } = await engine.add({ source: { kind: 'torrent-file', bytes }, settings: {} })
    expect(detailOf(torrent).files.map(({ priority }) => priority)).toEqual([4, 0, 4])
    await torrent.setFiles(withPriority(torrent, { files: [2], priority: 7 }))
    expect(torrent.handle?.files().map(({ priority }) => priority)).toEqual([4, 0, 7])
    expect(torrent.settings).toMatchObject({ select: [0, 2], priorities: [4, 4, 7] })
  })

  it('as a magnet link is decided about again when its metadata is there', async () => {
    const bytes = torrentFile('late')
    const seed = await startEngine()
    await seed.add({ source: { kind: 'torrent-file', bytes }, settings: {} })
    const seen: TorrentFacts[] = []
    const engine = await startEngine({
      configuration: says((facts) => {
        seen.push(facts)
        return { options: facts.size === 20_000 ? { downloadLimitBps: 7 } : {} }
      }),
    })
    const infoHash = toHex(swarmHashes(parseTorrent(bytes))[0]!)
    const link = `magnet:?xt=urn:btih:${infoHash}&x.pe=127.0.0.1:${seed.session.summary().port}`
    const settings = { origin: { watchFolder: '/in' } }
    const { torrent } = await engine.add({ source: { kind: 'magnet', link }, settings })
    expect(seen[0]).toEqual({ infoHash, trackerHosts: [], watchFolder: '/in' })
    await expect.poll(() => torrent.summary()?.downloadLimitBps, PATIENCE).toBe(7)
    expect(torrent.facts()).toMatchObject({ name: 'late', isPrivate: false, watchFolder: '/in' })
  })
})
