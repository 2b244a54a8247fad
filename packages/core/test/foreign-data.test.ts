// Only files as they were verified are vouched for.

import { mkdtemp, mkdir, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { decodeResumeRecord } from '@ccbt/disk-io'
import { buildTorrent, parseTorrent } from '@ccbt/metainfo'
import { Bitfield } from '@ccbt/primitives'
import { expect, it, onTestFinished } from 'vitest'

import { recordOfForeignData } from '../src/index.ts'

const NAMES = ['good', 'changed', 'short', 'long', 'link', 'missing']
const LENGTH = 16_384
const SEEN = new Date(1_700_000_000_000)

it('vouches for no file that has another length or time, is missing or is a link', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'ccbt-foreign-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const files = NAMES.map((name) => ({ path: [name], length: LENGTH }))
  const pieceHashes = new Uint8Array(20 * NAMES.length)
  const torrent = buildTorrent({ name: 't', files, isMultiFile: true, pieceLength: LENGTH, pieceHashes, trackers: [] })
  await mkdir(join(directory, 't'))
  for (const name of NAMES.slice(0, 4)) {
    const path = join(directory, 't', name)
    await writeFile(path, Buffer.alloc(LENGTH + (name === 'short' ? -1 : name === 'long' ? 1 : 0)))
    if (name !== 'changed') await utimes(path, SEEN, SEEN)
  }
  await symlink('good', join(directory, 't', 'link'))
  const verified = new Bitfield(NAMES.length)
  verified.fill()
  const metainfo = parseTorrent(torrent)
  const text = await recordOfForeignData(metainfo, {
    directory,
    verified,
    isUnchanged: (_, mtimeMs) => mtimeMs === SEEN.getTime(),
    uploadedBytes: 7,
    downloadedBytes: 8,
    addedAtMs: 9,
  })
  const { data } = JSON.parse(text) as { data: string }
  const record = decodeResumeRecord(Buffer.from(data), { infoHash: metainfo.infoHash, directory })
  expect(record).toMatchObject({ uploadedBytes: 7, downloadedBytes: 8, addedAtMs: 9 })
  expect(record!.files.map(({ exists }) => exists)).toEqual([true, false, false, false, false, false])
})
