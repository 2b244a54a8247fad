// Peers that lie by cc_xet: refused, and the download completes by ordinary means.

import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { constants, createZstdCompress, zstdCompressSync } from 'node:zlib'

import { buildTorrent, parseTorrent } from '@ccbt/metainfo'
import { scaledClock } from '@ccbt/testkit'
import { XetCodec, XetReject } from '@ccbt/wire-protocol'
import type { XetMessage } from '@ccbt/wire-protocol'
import { createChunkIndex, createFileChunker } from '@ccbt/xet'
import { describe, expect, it, onTestFinished, vi } from 'vitest'

import type { TorrentHandle } from '../src/index.ts'
import { decodeChunk, encodeChunk } from '../src/xet/codec.ts'
import { MapAssembly } from '../src/xet/map-assembly.ts'
import { BLOCK, fixture, seedingPeer, startSession, temporaryFolder } from './support.ts'
import type { Fixture, TestSession } from './support.ts'
import { leavesOf, v2Fixture } from './v2-support.ts'
import { xetPeer } from './xet-peer.ts'
import type { XetPeer } from './xet-peer.ts'

type MapPart = Extract<XetMessage, { type: 'map' }>

const SIZE = 100_000

function part(changes: Partial<MapPart> = {}): MapPart {
  return {
    type: 'map',
    id: 1,
    fileHash: new Uint8Array(32).fill(1),
    size: SIZE,
    total: 3,
    first: 0,
    lengths: [40_000, 40_000, 20_000],
    hashes: new Uint8Array(96),
    ...changes,
  }
}

describe('a chunk map', () => {
  it('is whole when its lengths make up the file', () => {
    expect(new MapAssembly(SIZE, undefined).add(part())).toBe('whole')
  })

  it('may come in parts', () => {
    const map = new MapAssembly(SIZE, undefined)
    expect(map.add(part({ lengths: [40_000], hashes: new Uint8Array(32) }))).toBe('more')
    expect([map.next, map.count]).toEqual([1, 2])
    expect(map.add(part({ first: 1, lengths: [40_000, 20_000], hashes: new Uint8Array(64) }))).toBe('whole')
  })

  for (const [what, changes] of [
    ['another size', { size: SIZE + 1 }],
    ['lengths that are too much', { lengths: [40_000, 40_000, 20_001] }],
    ['lengths that are too little', { lengths: [40_000, 40_000, 19_999] }],
    ['a chunk that is too long', { total: 1, lengths: [SIZE + 40_000], hashes: new Uint8Array(32) }],
    ['a short chunk that is not the last', { lengths: [8191, 71_809, 20_000] }],
    ['more chunks than the file can have', { total: 14 }],
    ['no chunk', { lengths: [], hashes: new Uint8Array(0) }],
    ['another first chunk', { first: 1, lengths: [40_000, 20_000], hashes: new Uint8Array(64) }],
    ['another file hash', { fileHash: new Uint8Array(32).fill(2) }],
  ] as const) {
    it(`is refused with ${what}`, () => {
      expect(new MapAssembly(SIZE, new Uint8Array(32).fill(1)).add(part(changes))).toBe('wrong')
    })
  }

  it('is refused when a later part is of another file', () => {
    const map = new MapAssembly(SIZE, undefined)
    map.add(part({ lengths: [40_000], hashes: new Uint8Array(32) }))
    const other = { first: 1, lengths: [40_000, 20_000], hashes: new Uint8Array(64) }
    expect(map.add(part({ ...other, fileHash: new Uint8Array(32).fill(9) }))).toBe('wrong')
  })
})

/** A frame that tells its window instead of its length, as a stream's does. */
async function frameOf(plain: Uint8Array, windowLog: number): Promise<Uint8Array> {
  const packer = createZstdCompress({ params: { [constants.ZSTD_c_windowLog]: windowLog } })
  packer.write(plain)
  // Sent off before the end is known.
  packer.flush(() => packer.end())
  return await buffer(packer)
}

describe('a packed chunk', () => {
  it('that unpacks to more than any chunk has is refused', async () => {
    const bomb = zstdCompressSync(new Uint8Array(50_000_000))
    expect(bomb.length).toBeLessThan(10_000)
    expect(await decodeChunk({ codec: XetCodec.zstd, bytes: bomb })).toBeUndefined()
  })

  it('that wants more memory than a chunk takes is refused, however little is in it', async () => {
    const plain = Buffer.from('all work and no play '.repeat(50))
    expect(await decodeChunk({ codec: XetCodec.zstd, bytes: await frameOf(plain, 17) })).toEqual(plain)
    expect(await decodeChunk({ codec: XetCodec.zstd, bytes: await frameOf(plain, 18) })).toBeUndefined()
  })

  it('that would save little goes as it is', async () => {
    const chunk = randomBytes(50_000)
    expect(await encodeChunk(chunk, true)).toEqual({ codec: XetCodec.none, bytes: chunk })
  })

  it('of the largest size comes out as it went in', async () => {
    const chunk = Buffer.alloc(131_072, 'abc')
    expect(await decodeChunk(await encodeChunk(chunk, true))).toEqual(chunk)
  })

  it('that is damaged, or of an unknown codec, is refused', async () => {
    expect(await decodeChunk({ codec: XetCodec.zstd, bytes: Uint8Array.of(1, 2, 3) })).toBeUndefined()
    expect(await decodeChunk({ codec: 1, bytes: Uint8Array.of(1, 2, 3) })).toBeUndefined()
  })

  it('comes out as it went in', async () => {
    const chunk = Buffer.from('all work and no play '.repeat(3000))
    const packed = await encodeChunk(chunk, true)
    expect(packed.bytes.length).toBeLessThan(1000)
    expect(await decodeChunk(packed)).toEqual(chunk)
  })
})

/** An index that knows the data of `known`. */
async function indexed(known: Fixture): Promise<{ index: string }> {
  const index = join(temporaryFolder(), 'chunks.sqlite')
  const folder = temporaryFolder()
  await known.place(folder)
  const { session } = await startSession({ xet: { index } })
  await (
    await session.add(known.torrent, { directory: folder })
  ).complete
  await session[Symbol.asyncDispose]()
  return { index }
}

/** The chunks of the one file of a torrent. */
async function mapOf(source: Fixture): Promise<MapPart> {
  const folder = temporaryFolder()
  await source.place(folder)
  await using chunker = createFileChunker({ suite: 'blake3', workers: 1 })
  const signal = AbortSignal.timeout(60_000)
  const { lengths, hashes, fileHash, size } = await chunker.chunk(join(folder, 'one.bin'), { signal })
  return { type: 'map', id: 0, fileHash, size, total: lengths.length, first: 0, lengths, hashes }
}

/** The address of a peer that has all of it. */
async function endpointOf(source: Fixture): Promise<{ host: string; port: number }> {
  const { address } = await seedingPeer(source)
  return { host: '127.0.0.1', port: Number(address.split(':')[1]) }
}

/** A session that has an older version of `next`, and is fetching that. */
async function downloading(next: Fixture): Promise<TestSession & { torrent: TorrentHandle; directory: string }> {
  const { index } = await indexed(fixture({ lengths: [next.bytes.length + 5], pieceLength: 32_768, seed: 5 }))
  const started = await startSession({ xet: { index } })
  const directory = temporaryFolder()
  const torrent = await started.session.add(next.torrent, { directory })
  await expect.poll(() => torrent.snapshot().phase, { interval: 5 }).toBe('downloading')
  return { ...started, torrent, directory }
}

const NEXT = fixture({ lengths: [1_000_000], pieceLength: 32_768, seed: 6 })
const PIECES = Math.ceil(1_000_000 / 32_768)

/** A session that has a version of NEXT with one other byte in each piece, and is fetching NEXT. */
async function updating(): Promise<TestSession & { torrent: TorrentHandle; directory: string; old: Uint8Array }> {
  const old = NEXT.bytes.map((byte, at) => (at % 32_768 === 20_000 ? byte ^ 1 : byte))
  const { index } = await indexed(fixture({ lengths: [old.length], pieceLength: 65_536, bytes: old }))
  const started = await startSession({ xet: { index } })
  const directory = temporaryFolder()
  const torrent = await started.session.add(NEXT.torrent, { directory })
  await expect.poll(() => torrent.snapshot().phase, { interval: 5 }).toBe('downloading')
  return { ...started, torrent, directory, old }
}

/** Adds an honest peer; the data must come whole from it. */
async function completes({ session, torrent, directory }: Awaited<ReturnType<typeof downloading>>): Promise<void> {
  const honest = await seedingPeer(NEXT)
  await session.command({ type: 'pause', infoHash: torrent.infoHash })
  await session.command({ type: 'remove', infoHash: torrent.infoHash })
  const again = await session.add(NEXT.torrent, { directory, peers: [honest.address] })
  await again.complete
  expect((await readFile(join(directory, 'one.bin'))).equals(NEXT.bytes)).toBe(true)
}

describe('a peer that lies by cc_xet', () => {
  for (const [what, length, reason] of [
    ['its hash is another', 100_000, 'has not its file hash'],
    ['its lengths make another sum', 100_001, 'is not of the file'],
  ] as const) {
    it(`about a map is sent away when ${what}, and the download completes`, async () => {
      const victim = await downloading(NEXT)
      const liar = await xetPeer(victim.port, NEXT.metainfo.infoHash, (message) => {
        if (message.type !== 'map-get') return undefined
        const lengths = Array.from({ length: 10 }, () => length)
        const lie = { fileHash: new Uint8Array(32), size: 1_000_000, total: 10, first: 0 }
        return { type: 'map', id: message.id, ...lie, lengths, hashes: new Uint8Array(320) }
      })
      await expect.poll(() => liar.isClosed()).toBe(true)
      const reasons = victim.events.flatMap((event) => (event.type === 'peer-disconnected' ? [event.reason] : []))
      expect(reasons).toContainEqual(expect.stringContaining(reason))
      await completes(victim)
    })
  }

  for (const [what, isForged, shift] of [
    ['is not believed, and nobody is blamed for it', true, 0],
    ['of other blocks than it was asked for is sent away', false, 1],
  ] as const) {
    it(`about the hashes of blocks ${what}, and the download completes`, async () => {
      const victim = await updating()
      const liar = await xetPeer(
        victim.port,
        NEXT.metainfo.infoHash,
        (message) => {
          if (message.type === 'map-get') return { type: 'reject', id: message.id, code: XetReject.unknown, retryS: 9 }
          if (message.type !== 'blocks-get') return undefined
          const { id, first, count } = message
          const data = isForged ? victim.old : NEXT.bytes
          return {
            type: 'blocks',
            id,
            first: first + shift,
            hashes: leavesOf(data).slice(first * 32, (first + count) * 32),
          }
        },
        PIECES,
      )
      await expect.poll(() => liar.heard.some(({ type }) => type === 'blocks-get')).toBe(true)
      const peers = [await endpointOf(NEXT)]
      await victim.session.command({ type: 'peers', infoHash: victim.torrent.infoHash, peers })
      await victim.torrent.complete
      expect((await readFile(join(victim.directory, 'one.bin'))).equals(NEXT.bytes)).toBe(true)
      expect(victim.torrent.snapshot().bannedPeers).toBe(0)
      const reasons = victim.events.flatMap((event) => (event.type === 'peer-disconnected' ? [event.reason] : []))
      expect(reasons.some((reason) => reason?.includes('hashes of other blocks') === true)).toBe(!isForged)
    })
  }

  it('or tells no hashes of blocks costs the piece, and the download completes', async () => {
    const shape = { kind: 'v2', lengths: [1_000_000], pieceLength: 131_072 } as const
    const next = v2Fixture({ ...shape, contents: [NEXT.bytes] })
    const old = NEXT.bytes.with(500_000, NEXT.bytes[500_000]! ^ 1)
    const { index } = await indexed(v2Fixture({ ...shape, contents: [old] }))
    const victim = await startSession({ xet: { index } }, { clock: scaledClock(20) })
    const directory = temporaryFolder()
    const torrent = await victim.session.add(next.torrent, { directory })
    await expect.poll(() => torrent.snapshot().phase, { interval: 5 }).toBe('downloading')
    const map = await mapOf(next)
    await xetPeer(
      victim.port,
      next.metainfo.infoHash,
      (message) => (message.type === 'map-get' ? { ...map, id: message.id } : undefined),
      8,
    )
    await expect.poll(() => torrent.snapshot().reused?.bytes).toBe(1_000_000 - 131_072)
    await victim.session.command({ type: 'peers', infoHash: torrent.infoHash, peers: [await endpointOf(next)] })
    await torrent.complete
    expect((await readFile(join(directory, 'one.bin'))).equals(next.bytes)).toBe(true)
  })

  it('with data that nobody asked for is sent away', async () => {
    const victim = await downloading(NEXT)
    const liar = await xetPeer(victim.port, NEXT.metainfo.infoHash)
    const data = { type: 'data', id: 77, offset: 0, total: 3, codec: 0, bytes: Uint8Array.of(1, 2, 3) } as const
    for (let n = 0; n < 65; n++) liar.send(data)
    await expect.poll(() => liar.isClosed()).toBe(true)
  })

  it('with heads of keys that nobody follows is not listened to', async () => {
    const victim = await startSession({ xet: { index: join(temporaryFolder(), 'chunks.sqlite') } })
    const torrent = await victim.session.add(NEXT.torrent, { directory: temporaryFolder() })
    await expect.poll(() => torrent.snapshot().phase).toBe('downloading')
    const stranger = await xetPeer(victim.port, NEXT.metainfo.infoHash)
    const head = { type: 'head', id: 0, publicKey: new Uint8Array(32), signature: new Uint8Array(64), seq: 1 } as const
    stranger.send({ ...head, salt: new Uint8Array(0), value: Buffer.from('de') })
    stranger.send({ type: 'query', id: 1, suite: 1, hashes: new Uint8Array(32) })
    expect((await stranger.next('have')).bits).toEqual(Uint8Array.of(0))
    expect(stranger.isClosed()).toBe(false)
  })
})

/** A session, and a look into its index. */
async function startIndexing(): Promise<TestSession & { untilIndexed: (files: number) => Promise<void> }> {
  const path = join(temporaryFolder(), 'chunks.sqlite')
  const index = createChunkIndex({ path, suite: 'blake3' })
  onTestFinished(() => index[Symbol.asyncDispose]())
  return {
    ...(await startSession({ xet: { index: path } })),
    untilIndexed: (files) => vi.waitFor(async () => expect(await index.files()).toHaveLength(files), 15_000),
  }
}

describe('what peers are told', () => {
  it('is nothing in a private torrent', async () => {
    const secret = parseTorrent(
      buildTorrent({
        name: 'one.bin',
        isMultiFile: false,
        files: [{ path: ['one.bin'], length: 1_000_000 }],
        pieceLength: 32_768,
        pieceHashes: NEXT.metainfo.pieceHashes,
        isPrivate: true,
      }),
    )
    const { session, port, untilIndexed } = await startIndexing()
    const directory = temporaryFolder()
    await NEXT.place(directory)
    await session.add(secret, { directory })
    await untilIndexed(1)
    expect((await xetPeer(port, secret.infoHash)).isOffered).toBe(false)
    // Nor in another torrent.
    const other = fixture({ lengths: [500_000], pieceLength: 32_768, seed: 9 })
    const open = await session.add(other.torrent, { directory: temporaryFolder() })
    await expect.poll(() => open.snapshot().phase).toBe('downloading')
    const peer = await xetPeer(port, other.metainfo.infoHash)
    await using chunker = createFileChunker({ suite: 'blake3', workers: 1 })
    const { hashes } = await chunker.chunk(join(directory, 'one.bin'), { signal: AbortSignal.timeout(10_000) })
    const hash = hashes.slice(0, 32)
    peer.send({ type: 'query', id: 1, suite: 1, hashes: hash })
    expect((await peer.next('have')).bits).toEqual(Uint8Array.of(0))
    peer.send({ type: 'where', id: 2, suite: 1, hash })
    expect((await peer.next('places')).places).toEqual([])
  })

  it('of other public torrents is where chunks are, and nothing else; of what has changed on disk, nothing', async () => {
    const { session, port, untilIndexed } = await startIndexing()
    const [first, second] = [1, 2].map((seed) =>
      v2Fixture({ kind: 'v2', lengths: [300_000], pieceLength: 32_768, seed }),
    )
    const [folder, elsewhere] = [temporaryFolder(), temporaryFolder()]
    await first!.place(folder)
    await second!.place(elsewhere)
    await session.add(first!.torrent, { directory: folder })
    await session.add(second!.torrent, { directory: elsewhere })
    await untilIndexed(2)
    const { infoHash, files } = first!.metainfo
    const whole = { type: 'map-get', id: 1, suite: 1, first: 0, count: 450 } as const
    const root = { by: 'root', hash: files[0]!.piecesRoot! } as const
    const insider = await xetPeer(port, infoHash)
    insider.send({ ...whole, file: root })
    const hash = (await insider.next('map')).hashes.slice(0, 32)

    const outsider = await xetPeer(port, second!.metainfo.infoHash)
    outsider.send({ ...whole, file: root })
    expect((await outsider.next('reject')).code).toBe(XetReject.unknown)
    outsider.send({ type: 'query', id: 2, suite: 1, hashes: hash })
    expect((await outsider.next('have')).bits).toEqual(Uint8Array.of(0))
    outsider.send({ type: 'where', id: 3, suite: 1, hash })
    expect((await outsider.next('places')).places).toEqual([{ infoHash, file: 0, offset: 0 }])
    const refusal = async (peer: XetPeer): Promise<number> => {
      peer.send({ type: 'get', id: 4, suite: 1, hash })
      return (await peer.next('reject')).code
    }
    outsider.interested()
    await expect.poll(() => refusal(outsider)).toBe(XetReject.unknown)

    await writeFile(join(folder, 'one.bin'), first!.bytes.toReversed())
    insider.interested()
    await expect.poll(() => refusal(insider)).toBe(XetReject.unknown)
  })

  it('is what blocks hash to where they have them, so many in a time', async () => {
    const { session, port } = await startSession({ xet: { index: join(temporaryFolder(), 'chunks.sqlite') } })
    const directory = temporaryFolder()
    await NEXT.place(directory)
    // The piece of the last two blocks is wrong.
    await writeFile(join(directory, 'one.bin'), NEXT.bytes.with(999_999, NEXT.bytes[999_999]! ^ 1))
    const torrent = await session.add(NEXT.torrent, { directory, check: 'full' })
    await expect.poll(() => torrent.snapshot().phase).toBe('downloading')
    const peer = await xetPeer(port, NEXT.metainfo.infoHash)
    const blocks = Math.ceil(1_000_000 / BLOCK)
    peer.send({ type: 'blocks-get', id: 1, first: 3, count: blocks - 5 })
    const told = await peer.next('blocks')
    expect(told.first).toBe(3)
    expect(told.hashes).toEqual(leavesOf(NEXT.bytes).slice(3 * 32, (blocks - 2) * 32))
    for (const [first, count] of [
      [3, blocks - 4],
      [blocks - 1, 5],
      [4_000_000_000, 1],
    ] as const) {
      peer.send({ type: 'blocks-get', id: 2, first, count })
      expect((await peer.next('reject')).code).toBe(XetReject.unknown)
    }
    for (let id = 10; id < 60; id++) peer.send({ type: 'blocks-get', id, first: 0, count: 511 })
    await expect
      .poll(() => peer.heard.some((message) => message.type === 'reject' && message.code === XetReject.busy))
      .toBe(true)
  })

  it('are maps, places and chunks of public torrents; chunks only while they may download from us', async () => {
    const { session, port } = await startSession({ xet: { index: join(temporaryFolder(), 'chunks.sqlite') } })
    const directory = temporaryFolder()
    await NEXT.place(directory)
    await (
      await session.add(NEXT.torrent, { directory })
    ).complete
    const peer = await xetPeer(port, NEXT.metainfo.infoHash)
    const file = { by: 'number', number: 0 } as const
    peer.send({ type: 'map-get', id: 1, suite: 1, file, first: 0, count: 450 })
    const map = await peer.next('map')
    expect(map.size).toBe(1_000_000)
    const hash = map.hashes.slice(32, 64)
    const length = map.lengths[1]!
    const offset = map.lengths[0]!
    peer.send({ type: 'get', id: 2, suite: 1, hash })
    expect((await peer.next('reject')).code).toBe(XetReject.notAllowed)
    await expect
      .poll(async () => {
        peer.send({ type: 'where', id: 3, suite: 1, hash })
        return (await peer.next('places')).places
      })
      .toEqual([{ infoHash: NEXT.metainfo.infoHash, file: 0, offset }])
    peer.interested()
    const parts: Uint8Array[] = []
    await expect
      .poll(async () => {
        peer.send({ type: 'get', id: 4, suite: 1, hash })
        await new Promise((resolve) => void setTimeout(resolve, 100))
        for (const message of peer.heard) if (message.type === 'data') parts.push(message.bytes)
        return parts.length
      })
      .toBeGreaterThan(0)
    expect(Buffer.concat(parts).subarray(0, length)).toEqual(Buffer.from(NEXT.bytes.slice(offset, offset + length)))
    peer.send({ type: 'map-get', id: 5, suite: 1, file: { by: 'number', number: 7 }, first: 0, count: 1 })
    await expect.poll(async () => (await peer.next('reject')).code).toBe(XetReject.unknown)
  })
})
