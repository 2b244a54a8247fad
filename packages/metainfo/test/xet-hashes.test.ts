import { describe, expect, it } from 'vitest'

import { encode } from '@ccbt/bencode'

import { arrangeFiles, buildTorrent, editTorrent, parseTorrent } from '../src/index.ts'
import type { SpecFile } from '../src/index.ts'

const PIECE = 16_384

function specOf(hashes: readonly (Uint8Array | undefined)[]): Parameters<typeof buildTorrent>[0] {
  const files = hashes.map((xetHash, n): SpecFile => ({ path: [`${n}`], length: 100, ...(xetHash && { xetHash }) }))
  const arranged = arrangeFiles(files, { kind: 'v1', pieceLength: PIECE, align: true })
  const pieces = Math.ceil(arranged.reduce((sum, { length }) => sum + length, 0) / PIECE)
  return { name: 'n', isMultiFile: true, pieceLength: PIECE, files: arranged, pieceHashes: new Uint8Array(pieces * 20) }
}

const hashOf = (n: number): Uint8Array => new Uint8Array(32).fill(n)

describe('the Xet hashes of a torrent', () => {
  it('are read as they were written, by the index of the file, and change no info-hash', () => {
    const torrent = parseTorrent(buildTorrent(specOf([hashOf(1), hashOf(2)])))
    const real = [...torrent.files.keys()].filter((index) => !torrent.files[index]!.isPad)
    expect(torrent.xet).toEqual({ suite: 1, files: new Map(real.map((index, n) => [index, hashOf(n + 1)])) })
    const plain = parseTorrent(buildTorrent(specOf([undefined, undefined])))
    expect(plain.xet).toBeUndefined()
    expect(plain.infoHash).toEqual(torrent.infoHash)
  })

  it('are not written when a file has none', () => {
    expect(parseTorrent(buildTorrent(specOf([hashOf(1), undefined]))).xet).toBeUndefined()
  })

  it('survive a change of the torrent file', () => {
    const edited = editTorrent(buildTorrent(specOf([hashOf(1)])), { comment: 'new' })
    expect(parseTorrent(edited).xet?.files.get(0)).toEqual(hashOf(1))
  })

  for (const [what, value] of [
    ['too few hashes', { files: hashOf(1), suite: 1 }],
    ['a hash that is cut off', { files: new Uint8Array(63), suite: 1 }],
    ['no suite', { files: new Uint8Array(64) }],
    ['no hashes', { suite: 1 }],
    ['a list in place of the hashes', { files: [hashOf(1), hashOf(2)], suite: 1 }],
    ['no dictionary', 7],
  ] as const) {
    it(`count as absent with ${what}`, () => {
      const text = Buffer.from(buildTorrent(specOf([undefined, undefined]))).toString('latin1')
      const key = `6:cc_xet${Buffer.from(encode(value)).toString('latin1')}`
      const forged = Buffer.from(text.replace('d4:info', `d${key}4:info`), 'latin1')
      expect(parseTorrent(forged).xet).toBeUndefined()
    })
  }
})
