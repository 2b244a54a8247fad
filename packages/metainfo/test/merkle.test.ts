import { fileHashes } from '@ccbt/metainfo'
import { toHex } from '@ccbt/primitives'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { climb, HASH_BYTES, merkleRoot, nodeAbove, provenRoot, treeHeight, zeroHash } from '../src/merkle.ts'
import { fullTree, someLeaves } from './merkle-model.ts'
import { failure, sha256 } from './torrents.ts'

const BLOCK = 16_384
const flat = (nodes: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(nodes))

describe('Merkle trees', () => {
  it('are as high as the next power of two', () => {
    expect([1, 2, 3, 4, 5, 1024, 1025, 2 ** 32].map(treeHeight)).toEqual([0, 1, 2, 2, 3, 10, 11, 32])
  })

  it('know the hashes of nothing', () => {
    expect(zeroHash(0)).toEqual(new Uint8Array(32))
    for (let layer = 0; layer < 32; layer++) {
      expect(zeroHash(layer + 1)).toEqual(sha256(zeroHash(layer), zeroHash(layer)))
    }
    // 64 zero bytes hashed: known from every SHA-256.
    expect(toHex(zeroHash(1))).toBe('f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b')
    expect(() => zeroHash(33)).toThrow(expect.objectContaining({ code: 'INTERNAL_BUG' }))
  })

  it('have the layers, nodes and roots of the naive tree', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.nat(255), fc.nat(), (count, seed, choice) => {
        const leaves = someLeaves(count, seed)
        const layers = fullTree(leaves)
        const height = layers.length - 1
        expect(merkleRoot(flat(leaves), 0)).toEqual(layers[height]![0])
        const layer = choice % (height + 1)
        const nodes = climb(flat(leaves), 0, layer)
        expect(nodes).toEqual(flat(layers[layer]!.slice(0, Math.ceil(count / 2 ** layer))))
        expect(merkleRoot(nodes, layer)).toEqual(layers[height]![0])
        for (const [index, node] of layers[layer]!.entries()) {
          expect(nodeAbove({ nodes: flat(leaves), layer: 0 }, layer, index)).toEqual(node)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('prove a node by its uncles, and no other node, place or uncle', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 130 }), fc.nat(), fc.nat(), (count, choice, flip) => {
        const layers = fullTree(someLeaves(count, 1))
        const index = choice % layers[0]!.length
        const uncles = flat(layers.slice(0, -1).map((layer, level) => layer[(index >> level) ^ 1]!))
        const root = layers.at(-1)![0]!
        expect(provenRoot(layers[0]![index]!, index, uncles)).toEqual(root)
        const wrong = uncles.slice()
        wrong[flip % wrong.length]! ^= 1
        expect(provenRoot(layers[0]![index]!, index, wrong)).not.toEqual(root)
        const node = layers[0]![index]!.slice()
        node[flip % HASH_BYTES]! ^= 0x80
        expect(provenRoot(node, index, uncles)).not.toEqual(root)
      }),
      { numRuns: 60 },
    )
  })
})

describe('fileHashes', () => {
  it('are those of the naive tree for any file and piece length', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 150 }),
        fc.nat(5),
        fc.integer({ min: 1, max: BLOCK }),
        (blocks, log, end) => {
          const leaves = someLeaves(blocks, 7)
          const layers = fullTree(leaves)
          const length = (blocks - 1) * BLOCK + end
          const pieceLength = BLOCK * 2 ** log
          const { piecesRoot, pieceLayer } = fileHashes(flat(leaves), { length, pieceLength })
          expect(piecesRoot).toEqual(layers.at(-1)![0])
          const pieces = Math.ceil(length / pieceLength)
          expect(pieceLayer).toEqual(pieces === 1 ? new Uint8Array(0) : flat(layers[log]!.slice(0, pieces)))
        },
      ),
      { numRuns: 60 },
    )
  })

  it.each([
    ['no data', 0, 0],
    ['a hash too few', 2 * BLOCK, 1],
    ['a hash too many', 2 * BLOCK, 3],
  ])('refuses %s', (_, length, hashes) => {
    const leaves = new Uint8Array(hashes * 32)
    expect(failure(() => fileHashes(leaves, { length, pieceLength: BLOCK }))).toBe('METAINFO_FIELD_INVALID')
  })
})
