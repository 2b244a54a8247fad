// Records of other programs, as they lie in their folders.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { encode } from '@ccbt/bencode'
import type { Encodable } from '@ccbt/bencode'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { readForeignTorrents } from '../src/index.ts'
import type { ForeignClient, ForeignTorrent } from '../src/index.ts'
import { makeTorrent, temporaryFolder } from './rpc-support.ts'

const PLACES = {
  qbittorrent: { torrents: '.', record: 'h.fastresume' },
  transmission: { torrents: 'torrents', record: 'resume/h.resume' },
  rtorrent: { torrents: '.', record: 'h.torrent.rtorrent' },
} as const

/** A folder of a program with one torrent, `folder` with the files `a` and `b`. */
function foreignFolder(client: ForeignClient, record?: Uint8Array): string {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'torrents'))
  mkdirSync(join(folder, 'resume'))
  const { torrents, record: place } = PLACES[client]
  writeFileSync(join(folder, torrents, 'h.torrent'), makeTorrent(temporaryFolder(), 'folder', ['a', 'b']))
  if (record !== undefined) writeFileSync(join(folder, place), record)
  return folder
}

async function all(client: ForeignClient, folder: string): Promise<ForeignTorrent[]> {
  const found: ForeignTorrent[] = []
  for await (const torrent of readForeignTorrents(client, folder)) found.push(torrent)
  return found
}

async function read(client: ForeignClient, record: Encodable): Promise<ForeignTorrent[]> {
  return await all(client, foreignFolder(client, encode(record)))
}

describe('a torrent of', () => {
  it.each([
    [
      'qbittorrent',
      {
        'qBt-savePath': '/data/films/',
        save_path: '/elsewhere',
        'qBt-category': 'films',
        'qBt-tags': ['x', 'y'],
        paused: 1,
        auto_managed: 0,
        trackers: [['http://a/1', 'http://a/2'], [], ['udp://b:1']],
        file_priority: [0, 4],
        mapped_files: ['folder/a', 'folder/b'],
        pieces: '\u0001\u0001\u0001',
      },
      {
        directory: '/data/films',
        isPaused: true,
        labels: ['films', 'x', 'y'],
        trackers: [['http://a/1', 'http://a/2'], ['udp://b:1']],
        select: [1],
      },
    ],
    [
      'qbittorrent',
      { save_path: '/data', paused: 1, auto_managed: 1, file_priority: [1], trackers: [] },
      { directory: '/data', isPaused: false, labels: [] },
    ],
    [
      'transmission',
      { destination: '/data', name: 'folder', paused: 0, labels: ['x'], dnd: [0, 1] },
      { directory: '/data', isPaused: false, labels: ['x'], select: [0] },
    ],
    [
      'rtorrent',
      { directory: '/data/folder', state: 0, custom1: 'two%20words' },
      { directory: '/data', isPaused: true, labels: ['two words'] },
    ],
    [
      'rtorrent',
      { directory: '/data/folder', state: 1, custom1: '100%' },
      { directory: '/data', isPaused: false, labels: ['100%'] },
    ],
  ] as const)('%s is read with what was decided about it', async (client, record, settings) => {
    expect(await read(client, record)).toMatchObject([
      { kind: 'torrent', name: 'folder', exported: { state: { settings } } },
    ])
  })

  it.each([
    ['qbittorrent', { save_path: '/data', mapped_files: ['folder/a', 'folder/c'] }, 'other names'],
    ['transmission', { destination: '/data', name: 'renamed' }, 'other names'],
    ['rtorrent', { directory: '/data/renamed' }, 'other names'],
    ['qbittorrent', { save_path: 'relative' }, 'names no folder'],
    ['transmission', {}, 'names no folder'],
    ['rtorrent', [], 'no dictionary'],
  ] as const)('%s that cannot be followed is left out with a reason', async (client, record, reason) => {
    expect(await read(client, record)).toEqual([
      { kind: 'skipped', name: expect.any(String), reason: expect.stringContaining(reason) },
    ])
  })
})

describe('folders', () => {
  it('keep the good torrents when others are damaged or without a record', async () => {
    const folder = foreignFolder('qbittorrent', encode({ save_path: '/data' }))
    writeFileSync(join(folder, 'bad.torrent'), 'd4:info')
    writeFileSync(join(folder, 'alone.torrent'), makeTorrent(temporaryFolder(), 'alone'))
    writeFileSync(join(folder, 'notes.txt'), '')
    const found = await all('qbittorrent', folder)
    expect(found.map(({ kind, name }) => `${kind} ${name}`).toSorted()).toEqual([
      'skipped alone',
      'skipped bad',
      'torrent folder',
    ])
  })

  it('that are not there are a mistake', async () => {
    const reading = all('rtorrent', join(temporaryFolder(), 'none'))
    await expect(reading).rejects.toMatchObject({ code: 'DAEMON_REQUEST_INVALID' })
  })

  it('with any record end with a torrent or a reason', async () => {
    const leaf = fc.oneof(fc.string(), fc.integer(), fc.constant('/x/folder'))
    const value = fc.oneof(leaf, fc.array(leaf), fc.array(fc.array(leaf)))
    const keys = ['qBt-savePath', 'save_path', 'qBt-tags', 'trackers', 'file_priority', 'mapped_files', 'destination']
    const record = fc.dictionary(
      fc.constantFrom(...keys, 'dnd', 'labels', 'directory', 'state', 'custom1', 'name'),
      value,
    )
    const client = fc.constantFrom<ForeignClient>('qbittorrent', 'transmission', 'rtorrent')
    await fc.assert(
      fc.asyncProperty(client, record, async (from, kept) => {
        const found = await read(from, kept)
        expect(found).toHaveLength(1)
        for (const one of found) {
          if (one.kind === 'torrent')
            expect(one.exported.state['settings']).toMatchObject({ directory: expect.stringMatching(/^\//) })
        }
      }),
      { numRuns: 50 },
    )
  })
})
