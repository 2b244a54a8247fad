// What comes of hash messages of peers, honest and hostile: asking for block hashes, fetching piece layers, serving both.

import { seededRandom } from '@ccbt/primitives'
import type { HashRange, PieceIndex } from '@ccbt/primitives'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { LayerFetch, lacksLayers } from '../src/hashes/layer-fetch.ts'
import { LeafFinder } from '../src/hashes/leaf-finder.ts'
import { PieceTrees } from '../src/hashes/piece-trees.ts'
import { HashServer } from '../src/hashes/serve.ts'
import { leavesOf, v2Fixture } from './v2-support.ts'

const KIB = 1024
const SOURCE = v2Fixture({ kind: 'v2', lengths: [16 * KIB * 700 + 5, 5, 200_000], pieceLength: 32 * KIB })
const TREES = new PieceTrees(SOURCE.metainfo)
const PIECE = 3 as PieceIndex

/** A clock that stands until it is moved. */
function clockAt(): { now: () => number; after: () => () => void; move: (ms: number) => void } {
  let nowMs = 1000
  return { now: () => nowMs, after: () => () => {}, move: (ms) => (nowMs += ms) }
}

/** The right answer of a seed. */
function answerTo(range: HashRange): Uint8Array {
  const file = TREES.byRoot(range.piecesRoot)!
  const first = file.tree.answer(range)
  if (first.kind === 'hashes') return first.hashes
  if (first.kind === 'rejected') throw new Error('nobody asks for this')
  const begin = (file.firstPiece + first.piece) * SOURCE.metainfo.pieceLength
  const tree = TREES.pieceTree((file.firstPiece + first.piece) as PieceIndex)!
  const answer = file.tree.answer(range, leavesOf(SOURCE.bytes.subarray(begin, begin + tree.length)))
  if (answer.kind !== 'hashes') throw new Error('the leaves are wrong')
  return answer.hashes
}

describe('LayerFetch', () => {
  const bare = { ...SOURCE.metainfo, pieceLayers: new Map<string, Uint8Array>() }

  it('knows whether there is anything to fetch', () => {
    expect(lacksLayers(SOURCE.metainfo)).toBe(false)
    expect(lacksLayers(bare)).toBe(true)
  })

  it('comes to the right layers whatever liars, refusers and leavers do', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const random = seededRandom(seed)
        const fetch = new LayerFetch<{ name: string }>(bare)
        const liar = { name: 'liar' }
        const peers = [{ name: 'honest' }, liar, { name: 'refuser' }, { name: 'silent' }]
        for (const peer of peers) fetch.joined(peer)
        let nowMs = 0
        for (let turn = 0; turn < 200 && !fetch.isComplete; turn++) {
          nowMs += random.u32() % 3000
          for (const { peer, range } of fetch.requests(nowMs)) {
            if (peer.name === 'honest') expect(fetch.received(peer, range, answerTo(range))).toBe('taken')
            if (peer.name === 'refuser') expect(fetch.rejected(peer, range, nowMs)).toMatch(/taken|unrequested/)
            if (peer !== liar) continue
            const lie = answerTo(range).map((byte) => byte ^ 1)
            expect(fetch.received(peer, range, lie)).toBe('invalid')
            expect(fetch.received(peer, range, answerTo(range))).toBe('unrequested')
            fetch.left(peer)
            break
          }
        }
        expect(fetch.isComplete).toBe(true)
        expect(fetch.layers).toEqual(SOURCE.metainfo.pieceLayers)
      }),
      { numRuns: 20 },
    )
  })

  it('takes nothing from who was not asked', () => {
    const fetch = new LayerFetch<{ name: string }>(bare)
    const [asked, other] = [{ name: 'asked' }, { name: 'other' }]
    fetch.joined(asked)
    const [request] = fetch.requests(0)
    fetch.joined(other)
    expect(fetch.received(other, request!.range, answerTo(request!.range))).toBe('unrequested')
    expect(fetch.rejected(other, request!.range, 0)).toBe('unrequested')
  })
})

describe('LeafFinder', () => {
  function start(names: readonly string[]): {
    finder: LeafFinder<FakePeer>
    peers: FakePeer[]
    found: Uint8Array[]
    lost: number[]
    clock: ReturnType<typeof clockAt>
  } {
    const peers = names.map((name) => ({ name, asked: [] as HashRange[] })).map(withEncoder)
    const [found, lost]: [Uint8Array[], number[]] = [[], []]
    const clock = clockAt()
    const finder = new LeafFinder<FakePeer>({
      trees: TREES,
      clock,
      askable: () => peers,
      flush: () => {},
      onFound: (_, leaves) => found.push(leaves),
      onNotFound: (piece) => lost.push(piece),
    })
    return { finder, peers, found, lost, clock }
  }

  const begin = PIECE * SOURCE.metainfo.pieceLength
  const leaves = leavesOf(SOURCE.bytes.subarray(begin, begin + SOURCE.metainfo.pieceLength))

  it('finds the hashes of the blocks and remembers them until the piece is there', () => {
    const { finder, peers, found } = start(['a'])
    expect(finder.seek(PIECE, 2)).toBe(true)
    const [range] = peers[0]!.asked
    expect(finder.received(peers[0]!, range!, answerTo(range!))).toBe('taken')
    expect(found).toEqual([leaves])
    expect(finder.known(PIECE)).toEqual(leaves)
    finder.forget(PIECE)
    expect(finder.known(PIECE)).toBeUndefined()
  })

  it('asks the next one when one lies, refuses, leaves or says nothing, and gives up after four', () => {
    const { finder, peers, found, lost, clock } = start(['liar', 'refuser', 'leaver', 'silent', 'never asked'])
    finder.seek(PIECE, 2)
    const rangeOf = (at: number): HashRange => peers[at]!.asked[0]!
    const lie = answerTo(rangeOf(0)).map((byte) => byte ^ 1)
    expect(finder.received(peers[0]!, rangeOf(0), lie)).toBe('invalid')
    expect(finder.received(peers[0]!, rangeOf(0), answerTo(rangeOf(0)))).toBe('unrequested')
    expect(finder.rejected(peers[1]!, rangeOf(1))).toBe('taken')
    finder.left(peers[2]!)
    clock.move(60_000)
    finder.tick()
    expect(lost).toEqual([PIECE])
    expect(found).toEqual([])
    expect(peers[4]!.asked).toEqual([])
  })

  it('does not begin without peers, or where a piece is one block', () => {
    expect(start([]).finder.seek(PIECE, 2)).toBe(false)
    const small = TREES.byRoot(SOURCE.metainfo.files.find(({ length }) => length === 5)!.piecesRoot!)!
    expect(start(['a']).finder.seek(small.firstPiece, 1)).toBe(false)
  })
})

describe('HashServer', () => {
  function serve(hasPiece = true): { server: HashServer<FakeAsker>; asker: FakeAsker; reads: () => number } {
    let reads = 0
    const server = new HashServer<FakeAsker>({
      trees: TREES,
      clock: clockAt(),
      hasPiece: () => hasPiece,
      flush: () => {},
      onReadFailed: () => {},
      store: {
        leaves: (piece) => {
          reads++
          const from = piece * SOURCE.metainfo.pieceLength
          return Promise.resolve(leavesOf(SOURCE.bytes.subarray(from, from + TREES.pieceTree(piece)!.length)))
        },
      },
    })
    return { server, asker: fakeAsker(), reads: () => reads }
  }

  const root = SOURCE.metainfo.files[0]!.piecesRoot!
  const leafRange = TREES.place(PIECE)!.tree.leafRequests(PIECE)[0]!

  it('answers for pieces from memory and for blocks from the disk, which it reads once', async () => {
    const { server, asker, reads } = serve()
    const range = { piecesRoot: root, baseLayer: 1, index: 0, length: 256, proofLayers: 8 }
    server.requested(asker, range)
    expect(asker.answers).toEqual([answerTo(range)])
    server.requested(asker, leafRange)
    await expect.poll(() => asker.answers.length).toBe(2)
    server.requested(asker, leafRange)
    expect(asker.answers[2]).toEqual(answerTo(leafRange))
    expect(reads()).toBe(1)
  })

  it.each<[string, Partial<HashRange>]>([
    ['another file', { piecesRoot: new Uint8Array(32).fill(1) }],
    ['2^31 hashes', { length: 2 ** 31 }],
    ['a number of hashes that is no power of two', { length: 3 }],
    ['31 proof layers', { proofLayers: 31 }],
    ['an index beyond the tree', { index: 2 ** 30 }],
    ['a layer above the root', { baseLayer: 40 }],
  ])('H41: rejects a request for %s', (_, change) => {
    const { server, asker } = serve()
    server.requested(asker, { piecesRoot: root, baseLayer: 1, index: 0, length: 256, proofLayers: 8, ...change })
    expect(asker.rejects).toBe(1)
    expect(asker.answers).toEqual([])
  })

  it('rejects blocks of a piece that is not there', () => {
    const { server, asker } = serve(false)
    server.requested(asker, leafRange)
    expect(asker.rejects).toBe(1)
  })

  it('rejects what is more than the share of a peer, and reads no more than a few pieces at once', () => {
    const { server, asker, reads } = serve()
    for (let piece = 0; piece < 300; piece++)
      server.requested(asker, TREES.place(piece as PieceIndex)!.tree.leafRequests(piece)[0]!)
    expect(reads()).toBeLessThanOrEqual(4)
    for (let n = 0; n < 2000; n++)
      server.requested(asker, { piecesRoot: root, baseLayer: 1, index: 0, length: 256, proofLayers: 8 })
    expect(asker.answers.length).toBeLessThan(1100)
    expect(asker.rejects).toBeGreaterThan(1000)
  })
})

interface FakePeer {
  readonly name: string
  readonly asked: HashRange[]
  readonly encoder: { hashRequest: (range: HashRange) => void }
}

function withEncoder(peer: { name: string; asked: HashRange[] }): FakePeer {
  return { ...peer, encoder: { hashRequest: (range) => void peer.asked.push(range) } }
}

interface FakeAsker {
  readonly answers: Uint8Array[]
  rejects: number
  readonly encoder: {
    pending: number
    hashes: (range: HashRange, hashes: Uint8Array) => void
    hashReject: () => void
  }
  readonly stream: { queuedBytes: number }
  readonly isClosed: boolean
}

function fakeAsker(): FakeAsker {
  const asker: FakeAsker = {
    answers: [],
    rejects: 0,
    encoder: {
      pending: 0,
      hashes: (_, hashes) => void asker.answers.push(hashes),
      hashReject: () => void asker.rejects++,
    },
    stream: { queuedBytes: 0 },
    isClosed: false,
  }
  return asker
}
