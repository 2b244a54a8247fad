// What one session knows of a torrent's data, given to another one.

import { rm } from 'node:fs/promises'
import { join } from 'node:path'

import { expect, it } from 'vitest'

import { areNames } from '../src/torrent/placement.ts'
import { fixture, startSession, temporaryFolder } from './support.ts'
import type { Fixture } from './support.ts'

function torrentOf(): Fixture {
  return fixture({ lengths: [100_000, 70_000, 200_000], pieceLength: 32_768 })
}

/** The record of a complete torrent, one of whose files has another name. */
async function recorded(source: Fixture, directory: string): Promise<string | undefined> {
  await source.place(directory)
  const { session } = await startSession()
  const torrent = await session.add(source.torrent, { directory })
  await torrent.complete
  const rename = { type: 'rename', infoHash: torrent.infoHash, path: 'folder/file 1.bin', name: 'other' } as const
  expect(await session.command(rename)).toEqual({ kind: 'done' })
  const record = await torrent.record()
  await session[Symbol.asyncDispose]()
  return record
}

it('nothing is hashed again, and files keep their names', async () => {
  const source = torrentOf()
  const directory = temporaryFolder()
  const record = await recorded(source, directory)
  const { session, events } = await startSession()
  const torrent = await session.add(source.torrent, { directory, ...(record === undefined ? {} : { record }) })
  await torrent.complete
  expect(torrent.files()[1]?.path).toEqual(['folder', 'other'])
  expect(events.map(({ type }) => type)).not.toContain('checking')
  expect(await torrent.record()).toBe(record)
})

it('is believed for the same folder only, for files that are as they were, and when it is whole', async () => {
  const source = torrentOf()
  const directory = temporaryFolder()
  const record = (await recorded(source, directory)) ?? ''
  await rm(join(directory, 'folder', 'file 0.bin'))
  const other = temporaryFolder()
  await source.place(other)
  const have = async (place: string, text: string): Promise<{ pieces: number; isChecked: boolean }> => {
    const { session, events } = await startSession()
    const torrent = await session.add(source.torrent, { directory: place, record: text, paused: true })
    await expect.poll(() => torrent.snapshot().phase).toBe('paused')
    const isChecked = events.some(({ type }) => type === 'checking')
    return { pieces: torrent.snapshot().piecesDone, isChecked }
  }
  expect(await have(other, record)).toEqual({ pieces: 12, isChecked: true })
  expect((await have(directory, record)).pieces).toBe(8)
  await source.place(directory)
  for (const broken of ['', '{}', record.replace('verified', 'certified'), record.replace('other', '../x')]) {
    expect(await have(directory, broken)).toEqual({ pieces: 12, isChecked: true })
  }
})

it('no name leads out of the folder or to another file', () => {
  const files = ['a', 'b'].map((name) => ({ path: ['folder', name], isPad: false }))
  const isRight = (index: number, ...path: string[]): boolean => areNames(files, new Map([[index, path]]))
  expect(isRight(0, 'folder', 'c')).toBe(true)
  expect(isRight(0, '..', 'c')).toBe(false)
  expect(isRight(0, 'folder', 'a/../../c')).toBe(false)
  expect(isRight(0, 'folder', 'b')).toBe(false)
  expect(isRight(0)).toBe(false)
  expect(isRight(2, 'c')).toBe(false)
})
