import { describe, expect, it } from 'vitest'
import { buildTorrent, parseTorrent, sameFiles } from '@ccbt/metainfo'
import type { Metainfo } from '@ccbt/metainfo'
import { content, specOf, type Content } from './content.ts'

const make = (files: Content[], kind: Metainfo['kind'], pieceLength: number): Metainfo =>
  parseTorrent(buildTorrent(specOf('folder', files, { kind, pieceLength })))

describe('sameFiles', () => {
  const shared = content('shared', 100_000)
  const renamed = { ...shared, path: ['other', 'name'] }

  it('finds files of the same content under other names, in other pieces and kinds', () => {
    const here = make([content('a', 5), shared, content('z', 40_000)], 'v2', 16_384)
    const there = make([renamed, content('y', 70_000)], 'hybrid', 65_536)
    const [found, ...others] = sameFiles(here, there)
    expect(others).toEqual([])
    expect(here.files[found!.here]!.path.at(-1)).toBe('shared')
    expect(there.files[found!.there]!.path.at(-1)).toBe('name')
  })

  it('finds nothing where content differs, or in v1 torrents, and takes no padding for a file', () => {
    const here = make([content('a', 5), content('b', 7)], 'hybrid', 16_384)
    expect(sameFiles(here, make([content('a', 6), content('c', 7)], 'hybrid', 16_384))).toEqual([])
    expect(sameFiles(here, make([content('a', 5)], 'v1', 16_384))).toEqual([])
  })
})
