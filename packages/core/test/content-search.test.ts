// Where content is looked for beside named peers: on trackers, and in the swarms of related torrents. Whom it is taken from.

import { writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:net'
import { join } from 'node:path'

import { parseEndpoint } from '@ccbt/address'
import { createTrackerServer } from '@ccbt/discovery'
import { parseMagnet } from '@ccbt/metainfo'
import type { Magnet, Metainfo } from '@ccbt/metainfo'
import { concatBytes, toHex } from '@ccbt/primitives'
import { createFileChunker } from '@ccbt/xet'
import type { FileChunks } from '@ccbt/xet'
import { describe, expect, it, onTestFinished, vi } from 'vitest'

import { searchContent } from '../src/index.ts'
import type { ContentSearch, SessionOptions, XetOptions } from '../src/index.ts'
import { contentKeyOf, LEAST_FILE_BYTES } from '../src/xet/content-keys.ts'
import { imposter } from './content-liar.ts'
import { listen, startSession, temporaryFolder } from './support.ts'
import type { Fixture } from './support.ts'
import { v2Fixture } from './v2-support.ts'
import { noise } from './xet-edits.ts'

const HOST = '127.0.0.1'
/** Machines may be busy. */
const WAIT = { timeout: 30_000, interval: 200 }

interface Holder {
  readonly port: number
  /** Of the first file of each torrent. */
  readonly chunks: readonly FileChunks[]
}

/** A session with complete torrents. */
async function holding(
  sources: readonly Fixture[],
  { xet = {}, ...options }: Omit<Partial<SessionOptions>, 'xet'> & { xet?: Partial<XetOptions> } = {},
): Promise<Holder> {
  const index = join(temporaryFolder(), 'chunks.sqlite')
  const { session, port } = await startSession({ ...options, xet: { index, ...xet } })
  await using chunker = createFileChunker({ suite: 'blake3', workers: 1 })
  const chunks: FileChunks[] = []
  for (const source of sources) {
    const directory = temporaryFolder()
    await source.place(directory)
    const handle = await session.add(source.torrent, { directory })
    await handle.complete
    const path = join(directory, ...source.metainfo.files[0]!.path)
    chunks.push(await chunker.chunk(path, { signal: AbortSignal.timeout(60_000) }))
  }
  return { port, chunks }
}

async function find(hash: Uint8Array, where: Partial<ContentSearch>): Promise<Uint8Array> {
  const search = { hash, peers: [], network: { bind: HOST }, signal: AbortSignal.timeout(60_000), ...where }
  return await searchContent(search, async (chunks) => {
    const parts: Uint8Array[] = []
    for await (const chunk of chunks) parts.push(chunk)
    return concatBytes(parts)
  })
}

/** Chunks are given once they are indexed, and keys announced a little later. */
async function found(hash: Uint8Array, data: Uint8Array, where: Partial<ContentSearch>): Promise<void> {
  await vi.waitFor(async () => expect(Buffer.from(await find(hash, where)).equals(data)).toBe(true), WAIT)
}

function source(seed: number, more: { trackers?: string[][]; isPrivate?: boolean } = {}): Fixture {
  return v2Fixture({ kind: 'v2', lengths: [300_000], pieceLength: 65_536, seed, ...more })
}

const rootOf = ({ metainfo }: Fixture): Uint8Array => metainfo.files[0]!.piecesRoot!

describe('trackers', () => {
  it('lead to announced files by hash and root, and hear nothing of private ones', async () => {
    const asked = new Set<string>()
    const filter = (infoHash: string): boolean => {
      asked.add(infoHash)
      return true
    }
    const tracker = await createTrackerServer({ port: 0, host: HOST, filter })
    onTestFinished(() => tracker[Symbol.asyncDispose]())
    const contents = [noise(LEAST_FILE_BYTES, 11)]
    const lengths = [LEAST_FILE_BYTES]
    const open = v2Fixture({ kind: 'v2', lengths, contents, pieceLength: 1_048_576 })
    const secret = v2Fixture({
      kind: 'v2',
      lengths,
      contents: [noise(LEAST_FILE_BYTES, 12)],
      pieceLength: 1_048_576,
      isPrivate: true,
    })
    // The private one first: what is announced of the other comes later.
    const trackers = [...tracker.announceUrls]
    const { chunks } = await holding([secret, open], { xet: { share: true, announce: 4, trackers } })
    const [secretChunks, openChunks] = chunks
    const keys = [openChunks!.fileHash, rootOf(open)].map((hash) => toHex(contentKeyOf(hash)))
    await expect.poll(() => [...asked].sort(), WAIT).toEqual(keys.sort())
    for (const url of trackers) await found(rootOf(open), contents[0]!, { isRoot: true, trackers: [url] })
    await found(openChunks!.fileHash, contents[0]!, { trackers })
    await expect(find(secretChunks!.fileHash, { trackers })).rejects.toMatchObject({ code: 'CONTENT_NOT_FOUND' })
  })

  it('that name wrong peers do no harm', async () => {
    const file = source(3)
    const { port } = await holding([file], { xet: { share: true } })
    const gone = createServer()
    const dead = parseEndpoint(await listen(gone))
    gone.close()
    const rude = createServer((socket) => socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    onTestFinished(() => void rude.close())
    const [liar, sameHost] = [await imposter(noise(5000, 1), '127.0.0.2'), await imposter(noise(6000, 1), '127.0.0.2')]
    const wrong = [dead, parseEndpoint(await listen(rude)), liar.endpoint]
    const peers = [...wrong, ...wrong, { host: HOST, port }]
    const url = await tellingTracker(peers)
    await found(rootOf(file), file.bytes, { isRoot: true, trackers: ['http://127.0.0.1:1/announce', url] })
    const others = await tellingTracker([sameHost.endpoint])
    const search = { isRoot: true, peers: [liar.endpoint], trackers: [others] }
    await expect(find(rootOf(file), search)).rejects.toMatchObject({ code: 'CONTENT_INVALID' })
    expect(sameHost.calls()).toBe(0)
  })

  it('that do not answer are told of', async () => {
    const search = { trackers: ['http://127.0.0.1:1/announce'] }
    await expect(find(new Uint8Array(32), search)).rejects.toMatchObject({ code: 'TRACKER_UNREACHABLE' })
  })
})

/** Answers every announce with these. */
async function tellingTracker(peers: readonly { readonly host: string; readonly port: number }[]): Promise<string> {
  const compact = peers.map(({ host, port }) => Buffer.from([...host.split('.').map(Number), port >>> 8, port & 255]))
  const body = Buffer.concat(compact)
  const server = createHttpServer((_, response) => {
    response.end(Buffer.concat([Buffer.from(`d8:intervali900e5:peers${body.length}:`), body, Buffer.from('e')]))
  })
  onTestFinished(() => void server.close())
  return `http://${await listen(server)}/announce`
}

function magnetTo({ metainfo }: Fixture, tracker: string, peer = ''): Magnet {
  const hash = toHex(metainfo.infoHashV2!)
  return parseMagnet(`magnet:?xt=urn:btmh:1220${hash}&tr=${encodeURIComponent(tracker)}&x.pe=${peer}`)
}

describe('the swarm of a torrent', () => {
  it('gives what is in the torrent, without being open to anybody', async () => {
    const tracker = await createTrackerServer({ port: 0, host: HOST, udp: false })
    onTestFinished(() => tracker[Symbol.asyncDispose]())
    const file = source(4, { trackers: [[...tracker.announceUrls]] })
    const { port, chunks } = await holding([file])
    const [length = 0] = chunks[0]!.lengths
    const chunk = chunks[0]!.hashes.slice(0, 32)
    const torrents: (Metainfo | Magnet)[] = [file.metainfo]
    await found(rootOf(file), file.bytes, { isRoot: true, torrents })
    await found(chunk, file.bytes.subarray(0, length), { torrents })
    const named = magnetTo(file, 'wss://127.0.0.1/announce', `${HOST}:${port}`)
    await found(chunk, file.bytes.subarray(0, length), { torrents: [named] })
    await expect(find(new Uint8Array(32), { torrents })).rejects.toMatchObject({ blame: 'remote' })
    // Without the torrent nobody there says a word.
    await expect(find(chunk, { peers: [{ host: HOST, port }] })).rejects.toThrow()
  })

  it('leads to other torrents of its peers', async () => {
    const [related, wanted] = [source(5), source(6)]
    const { port, chunks } = await holding([related, wanted])
    const [length = 0] = chunks[1]!.lengths
    const torrents = [magnetTo(related, 'http://127.0.0.1:1/announce', `${HOST}:${port}`)]
    await found(chunks[1]!.hashes.slice(0, 32), wanted.bytes.subarray(0, length), { torrents })
    // Files of others only from who shares.
    await expect(find(rootOf(wanted), { isRoot: true, torrents })).rejects.toThrow()
    const sharer = await holding([related, wanted], { xet: { share: true } })
    const open = [magnetTo(related, 'http://127.0.0.1:1/announce', `${HOST}:${sharer.port}`)]
    await found(rootOf(wanted), wanted.bytes, { isRoot: true, torrents: open })
  })

  it('is not asked when the torrent is private', async () => {
    const heard: string[] = []
    const server = createHttpServer((request, response) => {
      heard.push(request.url ?? '')
      response.end('d8:intervali900e5:peers0:e')
    })
    onTestFinished(() => void server.close())
    const file = source(7, { trackers: [[`http://${await listen(server)}/announce`]], isPrivate: true })
    await expect(find(rootOf(file), { isRoot: true, torrents: [file.metainfo] })).rejects.toMatchObject({
      code: 'CONTENT_NOT_FOUND',
    })
    expect(heard).toEqual([])
  })
})

describe('the network of torrents', () => {
  const file = source(8)

  it('leaves out whom the IP filter blocks', async () => {
    const filter = join(temporaryFolder(), 'filter')
    writeFileSync(filter, '127.0.0.2/32')
    const blocked = await imposter(noise(5000, 1), '127.0.0.2')
    const network = { bind: HOST, ipFilter: [filter] }
    const url = await tellingTracker([blocked.endpoint])
    for (const where of [{ peers: [blocked.endpoint] }, { trackers: [url] }]) {
      await expect(find(rootOf(file), { isRoot: true, network, ...where })).rejects.toMatchObject({
        code: 'CONTENT_PEER_BLOCKED',
        message: expect.stringContaining('is blocked by the IP filter') as string,
      })
    }
    expect(blocked.calls()).toBe(0)
    const missing = { ...network, ipFilter: [`${filter}-2`] }
    await expect(find(rootOf(file), { network: missing })).rejects.toMatchObject({ code: 'IP_FILTER_UNREADABLE' })
  })

  it('encrypts as it is told', async () => {
    const encrypted = await holding([file], { xet: { share: true }, encryption: 'required' })
    const plain = await holding([file], { xet: { share: true }, encryption: 'disabled' })
    const by = (port: number, encryption: SessionOptions['encryption']): Partial<ContentSearch> => ({
      isRoot: true,
      peers: [{ host: HOST, port }],
      network: { bind: HOST, ...(encryption && { encryption }) },
    })
    await found(rootOf(file), file.bytes, by(encrypted.port, 'required'))
    await found(rootOf(file), file.bytes, by(encrypted.port, 'allowed'))
    await found(rootOf(file), file.bytes, by(plain.port, 'preferred'))
    await expect(find(rootOf(file), by(plain.port, 'required'))).rejects.toMatchObject({
      code: 'TRANSPORT_ENCRYPTION_FAILED',
    })
    await expect(find(rootOf(file), by(encrypted.port, 'disabled'))).rejects.toThrow()
  })
})
