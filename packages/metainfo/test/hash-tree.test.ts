import { createHashTree, fileHashes, type HashTree, type HashTreeOptions } from '@ccbt/metainfo'
import type { HashRange } from '@ccbt/primitives'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { answerOf, fullTree, someLeaves } from './merkle-model.ts'
import { sha256 } from './torrents.ts'

const BLOCK = 16_384
const flat = (nodes: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(nodes))

interface Sample {
  readonly layers: Uint8Array[][]
  readonly leaves: Uint8Array[]
  readonly options: HashTreeOptions
  readonly pieceLayer: Uint8Array
  readonly blocksPerPiece: number
}

function sampleOf(blocks: number, log: number): Sample {
  const leaves = someLeaves(blocks, 3)
  const options = { length: blocks * BLOCK - 5, pieceLength: BLOCK * 2 ** log }
  const { piecesRoot, pieceLayer } = fileHashes(flat(leaves), options)
  return {
    layers: fullTree(leaves),
    leaves,
    options: { piecesRoot, ...options },
    pieceLayer,
    blocksPerPiece: 2 ** log,
  }
}

/** Made once: a tree of 3000 leaves takes some milliseconds, and there are hundreds of runs. */
const samples = new Map<string, Sample>()
const sample = fc
  .tuple(fc.constantFrom(1, 2, 3, 5, 8, 9, 17, 31, 33, 64, 77, 1000, 1025, 3000), fc.nat(4))
  .map(([blocks, log]) => {
    const key = `${blocks} ${log}`
    const made = samples.get(key) ?? sampleOf(blocks, log)
    samples.set(key, made)
    return made
  })

function complete({ options, pieceLayer }: Sample): HashTree {
  return createHashTree({ ...options, pieceLayer: pieceLayer.length > 0 ? pieceLayer : undefined })
}

const leavesOf = ({ leaves, blocksPerPiece }: Sample, piece: number): Uint8Array =>
  flat(leaves.slice(piece * blocksPerPiece, (piece + 1) * blocksPerPiece))

describe('learning the hashes of the pieces', () => {
  it('asks for every piece once and knows the piece layer in the end, in whatever order answers come', () => {
    fc.assert(
      fc.property(sample, fc.nat(), (file, rotation) => {
        const tree = createHashTree(file.options)
        const asked = [...tree.missing()]
        expect(tree.isComplete).toBe(file.pieceLayer.length === 0)
        for (const [n] of asked.entries()) {
          const range = asked[(n + rotation) % asked.length]!
          expect(range.length).toBeGreaterThanOrEqual(2)
          expect(range.length).toBeLessThanOrEqual(512)
          const hashes = answerOf(file.layers, range)
          expect(tree.add(range, hashes)).toBe('accepted')
          expect(tree.add(range, hashes)).toBe('duplicate')
          expect([...tree.missing()]).toHaveLength(asked.length - n - 1)
        }
        expect(tree.isComplete).toBe(true)
        expect(tree.pieceLayer ?? new Uint8Array(0)).toEqual(file.pieceLayer)
        const pieces = Math.ceil(file.leaves.length / file.blocksPerPiece)
        for (let piece = 0; piece < pieces; piece++) {
          const expected = file.pieceLayer.length === 0 ? file.options.piecesRoot : file.pieceLayer.subarray(32 * piece)
          expect(tree.pieceHash(piece)).toEqual(expected.subarray(0, 32))
        }
        expect(tree.pieceHash(pieces)).toBeUndefined()
      }),
      { numRuns: 60 },
    )
  })

  it('H41: believes no altered, short or long answer, and none to another question', () => {
    const change = fc.record({ at: fc.nat(), bit: fc.nat(7) })
    fc.assert(
      fc.property(sample, change, fc.constantFrom(-64, -32, -1, 1, 32), (file, { at, bit }, size) => {
        const tree = createHashTree(file.options)
        for (const range of tree.missing()) {
          const honest = answerOf(file.layers, range)
          const altered = honest.slice()
          altered[at % altered.length]! ^= 1 << bit
          expect(tree.add(range, altered)).toBe('invalid')
          const resized = new Uint8Array(Math.max(0, honest.length + size))
          resized.set(honest.subarray(0, resized.length))
          expect(tree.add(range, resized)).toBe('invalid')
          expect(tree.add({ ...range, baseLayer: range.baseLayer + 1 }, honest)).toBe('unrequested')
          expect(tree.add({ ...range, index: range.index + 1 }, honest)).toBe('unrequested')
          expect(tree.add({ ...range, index: 2 ** 32 - range.length }, honest)).toBe('unrequested')
          expect(tree.add({ ...range, length: range.length * 2 }, honest)).toBe('unrequested')
          expect(tree.add({ ...range, proofLayers: 31 }, honest)).toBe('unrequested')
          expect(tree.pieceHash(range.index)).toBeUndefined()
        }
      }),
      { numRuns: 40 },
    )
  })

  it('takes no right hash in the wrong place', () => {
    const file = sampleOf(2048, 0)
    const tree = createHashTree(file.options)
    const [first, second] = [...tree.missing()]
    expect(tree.add(first!, answerOf(file.layers, second!))).toBe('invalid')
    expect(tree.add(second!, answerOf(file.layers, second!))).toBe('accepted')
    expect([tree.pieceHash(511), tree.pieceHash(512)]).toEqual([
      undefined,
      file.pieceLayer.subarray(512 * 32, 513 * 32),
    ])
  })

  it('keeps its own copy', () => {
    const file = sampleOf(5, 0)
    const tree = createHashTree(file.options)
    const range = [...tree.missing()][0]!
    const message = answerOf(file.layers, range)
    tree.add(range, message)
    message.fill(0)
    expect(tree.pieceLayer).toEqual(file.pieceLayer)
  })
})

describe('learning the hashes of the blocks of a piece', () => {
  it('proves each part against the hash of the piece', () => {
    fc.assert(
      fc.property(sample, fc.nat(), fc.nat(), (file, choice, at) => {
        const tree = complete(file)
        const piece = choice % Math.ceil(file.leaves.length / file.blocksPerPiece)
        const parts = tree.leafRequests(piece).map((range) => {
          const hashes = answerOf(file.layers, range)
          const altered = hashes.slice()
          altered[at % altered.length]! ^= 1
          expect(tree.provenLeaves(range, altered)).toBeUndefined()
          expect(tree.provenLeaves({ ...range, proofLayers: range.proofLayers + 1 }, hashes)).toBeUndefined()
          return tree.provenLeaves(range, hashes)!
        })
        if (parts.length === 0) return
        const leaves = leavesOf(file, piece)
        const known = flat(parts)
        expect(known.subarray(0, leaves.length)).toEqual(leaves)
        expect(known.subarray(leaves.length).every((byte) => byte === 0)).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  it('asks in parts of 512 for a piece of more blocks, up to the end of the file', () => {
    const file = sampleOf(2048 + 600, 11)
    const tree = complete(file)
    expect(tree.leafRequests(1).map(({ index, length, proofLayers }) => [index, length, proofLayers])).toEqual([
      [2048, 512, 10],
      [2560, 512, 10],
    ])
    for (const range of tree.leafRequests(1)) {
      expect(tree.provenLeaves(range, answerOf(file.layers, range))).toBeDefined()
    }
  })

  it('has nothing to ask for when a piece is a block, and believes nothing while the piece is unknown', () => {
    expect(complete(sampleOf(9, 0)).leafRequests(3)).toEqual([])
    expect(complete(sampleOf(1, 4)).leafRequests(0)).toEqual([])
    const file = sampleOf(9, 1)
    const tree = createHashTree(file.options)
    const range = tree.leafRequests(0)[0]!
    expect(tree.provenLeaves(range, answerOf(file.layers, range))).toBeUndefined()
  })
})

describe('answering', () => {
  const wish = fc.record({
    base: fc.boolean(),
    levels: fc.integer({ min: 1, max: 10 }),
    at: fc.nat(),
    proof: fc.nat(),
  })

  it('gives what the naive tree gives, asks for the leaves of one piece where it needs them', () => {
    fc.assert(
      fc.property(sample, wish, (file, { base, levels, at, proof }) => {
        const tree = complete(file)
        const height = file.layers.length - 1
        const pieceLevel = Math.min(height, Math.log2(file.blocksPerPiece))
        const baseLayer = base && pieceLevel < height ? pieceLevel : 0
        const top = baseLayer === pieceLevel ? height : pieceLevel
        if (top === baseLayer) return
        const level = 1 + (levels % (top - baseLayer))
        const length = 2 ** level
        const index = length * (at % 2 ** (height - baseLayer - level))
        const proofLayers = proof % (height - baseLayer)
        const range: HashRange = { piecesRoot: file.options.piecesRoot, baseLayer, index, length, proofLayers }
        let answer = tree.answer(range)
        if (answer.kind === 'leaves-needed') {
          expect(answer.piece).toBe(Math.floor(index / file.blocksPerPiece))
          expect(answer.piece).toBeLessThan(file.leaves.length / file.blocksPerPiece)
          answer = tree.answer(range, leavesOf(file, answer.piece))
        }
        const isBeyond =
          baseLayer === 0 &&
          pieceLevel > 0 &&
          index >= file.blocksPerPiece * Math.ceil(file.leaves.length / file.blocksPerPiece)
        expect(answer).toEqual(
          isBeyond ? { kind: 'rejected' } : { kind: 'hashes', hashes: answerOf(file.layers, range) },
        )
      }),
      { numRuns: 200 },
    )
  })

  it('what one tree answers another learns', () => {
    fc.assert(
      fc.property(sample, (file) => {
        const [teacher, pupil] = [complete(file), createHashTree(file.options)]
        for (const range of pupil.missing()) {
          const answer = teacher.answer(range)
          expect(answer.kind === 'hashes' && pupil.add(range, answer.hashes)).toBe('accepted')
        }
        expect(pupil.pieceLayer).toEqual(teacher.pieceLayer)
        for (const range of pupil.leafRequests(0)) {
          const answer = teacher.answer(range, leavesOf(file, 0))
          expect(answer.kind === 'hashes' && pupil.provenLeaves(range, answer.hashes)).toBeInstanceOf(Uint8Array)
        }
      }),
      { numRuns: 30 },
    )
  })

  const file = sampleOf(100, 2)
  const fine: HashRange = { piecesRoot: file.options.piecesRoot, baseLayer: 2, index: 0, length: 4, proofLayers: 4 }

  it.each<[string, Partial<HashRange>]>([
    ['2^31 hashes', { length: 2 ** 31 }],
    ['16384 hashes', { length: 16_384 }],
    ['one hash', { length: 1 }],
    ['no hash', { length: 0 }],
    ['three hashes', { length: 3 }],
    ['more than the layer has', { length: 64 }],
    ['a crooked index', { index: 2 }],
    ['an index beyond the end', { index: 32 }],
    ['the last index there is', { index: 2 ** 32 - 4 }],
    ['31 proof layers', { proofLayers: 31 }],
    ['a proof beyond the root', { proofLayers: 5 }],
    ['the root itself', { baseLayer: 7 }],
    ['a layer above the pieces', { baseLayer: 3 }],
    ['a layer between', { baseLayer: 1, length: 2 }],
    ['the last layer there is', { baseLayer: 2 ** 32 - 1 }],
    ['blocks of two pieces', { baseLayer: 0, length: 8 }],
  ])('H41: rejects %s', (_, change) => {
    const tree = complete(file)
    expect(tree.answer(fine).kind).toBe('hashes')
    expect(tree.answer({ ...fine, ...change })).toEqual({ kind: 'rejected' })
  })

  it('H41: gives at most 8192 hashes at once', () => {
    const large = sampleOf(20_000, 0)
    const range = { ...fine, baseLayer: 0, length: 8192, proofLayers: 14 }
    const answer = complete(large).answer(range)
    expect(answer).toEqual({ kind: 'hashes', hashes: answerOf(large.layers, range) })
    expect(complete(large).answer({ ...range, length: 16_384 })).toEqual({ kind: 'rejected' })
  })

  it('rejects while the hashes are not all known, and when the blocks are not what was verified', () => {
    expect(createHashTree(file.options).answer(fine)).toEqual({ kind: 'rejected' })
    const leafRange = { ...fine, baseLayer: 0 }
    const tree = complete(file)
    expect(tree.answer(leafRange)).toEqual({ kind: 'leaves-needed', piece: 0 })
    expect(tree.answer(leafRange, leavesOf(file, 0)).kind).toBe('hashes')
    for (const leaves of [leavesOf(file, 1), new Uint8Array(0), leavesOf(file, 0).subarray(32), sha256()]) {
      expect(tree.answer(leafRange, leaves)).toEqual({ kind: 'rejected' })
    }
  })
})
