// Encrypted streams against foreign clients that refuse everything else, over plain loopback: here the streams themselves
// are under test, with a peer of a few lines on top that downloads, or serves, a whole torrent.

import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { join } from 'node:path'
import { createSession } from '@ccbt/core'
import type { EncryptionPolicy, Session } from '@ccbt/core'
import { seededRandom } from '@ccbt/primitives'
import { scaledClock, silentWire } from '@ccbt/testkit'
import { createEncryption, createSocketFactory } from '@ccbt/transport'
import type { ByteStream, EncryptionMode, IncomingResult } from '@ccbt/transport'
import { createDecoder, createEncoder, encodePieceHeader, makeReserved } from '@ccbt/wire-protocol'
import type { WireEncoder, WireHandler } from '@ccbt/wire-protocol'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { startChild, waitFor } from './drivers/child.ts'
import type { Child } from './drivers/child.ts'
import { pythonWithLibtorrent } from './drivers/libtorrent.ts'
import { isInstalled } from './drivers/network.ts'
import { makeFolder, writeData } from './fixture.ts'
import { bencode, makeTorrent } from './torrent-file.ts'

const HOST = '127.0.0.1'
const BLOCK_BYTES = 16_384
const TRANSFER_MS = 60_000

const root = makeFolder()
const NAME = 'encrypted.bin'
const LENGTH = 3 * 1024 * 1024 + 4321
writeData(join(root, NAME), LENGTH, 77)
const data = readFileSync(join(root, NAME))
const torrent = makeTorrent(NAME, [{ path: [], length: LENGTH }], 65_536, root)
const infoHash = Buffer.from(torrent.infoHash, 'hex')

const clock = scaledClock()
const sockets = createSocketFactory({ bind: { v4: HOST } })
const encryption = createEncryption(clock, seededRandom(1))
const running: (() => unknown)[] = []

afterEach(async () => {
  for (const stop of running.splice(0).toReversed()) await stop()
})
afterAll(() => rmSync(root, { recursive: true }))

function ownHandshake(): Uint8Array {
  const encoder = createEncoder()
  encoder.handshake({ reserved: makeReserved({}), infoHash, peerId: Buffer.from('-XX0000-abcdefghijkl') })
  return encoder.take().slice()
}

/** Attaches a peer without fast extension; `handlers` get the messages that they name. */
function speak(stream: ByteStream, handlers: (encoder: WireEncoder) => Partial<WireHandler>): WireEncoder {
  const encoder = createEncoder()
  const nothing = (): void => {}
  const handler = silentWire(handlers(encoder))
  const decoder = createDecoder(handler, { maxBlockLength: BLOCK_BYTES })
  const flush = (): void => {
    if (encoder.pending > 0) stream.write(encoder.take())
  }
  stream.attach({
    data(bytes) {
      decoder.push(bytes)
      flush()
    },
    drained: nothing,
    closed: nothing,
  })
  return encoder
}

/** Downloads everything from one peer, all blocks asked for at once. */
async function download(stream: ByteStream): Promise<Buffer> {
  const got = Buffer.alloc(LENGTH)
  let missing = LENGTH
  let hasAsked = false
  const encoder = speak(stream, (encoder) => ({
    unchoke() {
      // libtorrent may say it twice.
      if (hasAsked) return
      hasAsked = true
      for (let at = 0; at < LENGTH; at += BLOCK_BYTES)
        encoder.request(Math.floor(at / 65_536), at % 65_536, Math.min(BLOCK_BYTES, LENGTH - at))
    },
    blockBegin: (piece, begin, length) => got.subarray(piece * 65_536 + begin, piece * 65_536 + begin + length),
    blockEnd: (_piece, _begin, length) => void (missing -= length),
  }))
  encoder.interested()
  stream.write(encoder.take())
  await waitFor('everything is downloaded', TRANSFER_MS, () => missing === 0)
  return got
}

/** Serves everything to one peer; our own handshake has not been sent yet. */
function serve(stream: ByteStream): void {
  speak(stream, (encoder) => ({
    interested: () => encoder.unchoke(),
    request(piece, begin, length) {
      const header = new Uint8Array(13)
      encodePieceHeader(header, 0, { piece, begin, length })
      stream.cork()
      stream.write(header)
      stream.write(data.subarray(piece * 65_536 + begin, piece * 65_536 + begin + length))
      stream.uncork()
    },
  }))
  const pieces = torrent.pieceHashes.length / 20
  const bitfield = new Uint8Array((pieces + 7) >>> 3)
  for (let piece = 0; piece < pieces; piece++) bitfield[piece >>> 3]! |= 0x80 >>> (piece & 7)
  const encoder = createEncoder()
  encoder.bitfield(bitfield)
  stream.write(Buffer.concat([ownHandshake(), encoder.take()]))
}

/** Dials, encrypts and downloads. */
async function downloadFrom(port: number, mode: EncryptionMode): Promise<string> {
  const how = { timeoutMs: 10_000, signal: new AbortController().signal }
  const plain = await sockets.dial({ host: HOST, port }, how)
  running.push(() => plain.close())
  const stream = await encryption.encryptOutgoing(plain, { infoHash, mode, firstBytes: ownHandshake() })
  return sha1(await download(stream))
}

/** A port of ours that serves; tells what came in. */
async function serveOnPort(mode: EncryptionMode): Promise<{ address: string; seen: IncomingResult[] }> {
  const seen: IncomingResult[] = []
  const findTorrent = (key: string): Uint8Array | undefined =>
    key === encryption.torrentKey(infoHash) ? infoHash : undefined
  const listener = await sockets.listen(0, (stream) => {
    running.push(() => stream.close())
    const onResult = (result: IncomingResult): void => {
      seen.push(result)
      if (result.kind !== 'failed') serve(result.stream)
    }
    encryption.acceptMaybeEncrypted(stream, { findTorrent, mode, onResult })
  })
  running.push(() => listener.close())
  return { address: `${HOST}:${listener.port}`, seen }
}

function sha1(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex')
}

function newFolder(): string {
  const folder = join(root, randomBytes(6).toString('hex'))
  mkdirSync(folder)
  return folder
}

function torrentFile(trackers: readonly string[] = []): string {
  const path = join(newFolder(), 'job.torrent')
  writeFileSync(path, torrent.encode(trackers))
  return path
}

async function freePort(): Promise<number> {
  const server: Server = createTcpServer()
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Starts a client that is stopped after the test, and waits until it has printed `word`. */
async function start(command: readonly string[], word: string): Promise<Child> {
  const child = startChild(command)
  running.push(() => child.kill())
  await printed(child, word)
  return child
}

async function printed(child: Child, word: string): Promise<void> {
  await waitFor(`it prints ${word}`, TRANSFER_MS, () => {
    if (child.ended() !== undefined && !child.log().includes(word)) throw new Error(`it ended: ${child.log()}`)
    return child.log().includes(word)
  })
}

const python = pythonWithLibtorrent()

function libtorrentCommand(job: Readonly<Record<string, unknown>>): string[] {
  const script = join(import.meta.dirname, 'drivers', 'libtorrent_encrypted.py')
  return [python ?? 'python3', script, JSON.stringify({ torrent: torrentFile(), ...job })]
}

describe.skipIf(python === undefined)('libtorrent that refuses plain handshakes', () => {
  const LEVELS = [
    ['rc4', 'required'],
    ['both', 'required'],
    ['plaintext', 'preferred'],
    ['both', 'preferred'],
    ['both', 'allowed'],
  ] as const

  it.each(LEVELS)('seeds with payload as %s when dialled as %s', async (level, mode) => {
    const port = await freePort()
    await start(libtorrentCommand({ role: 'seed', dir: root, listen: `${HOST}:${port}`, level }), 'ready')
    expect(await downloadFrom(port, mode)).toBe(sha1(data))
  })

  it.each([
    ['rc4', 'required', 'rc4'],
    ['plaintext', 'preferred', 'plaintext'],
    ['both', 'preferred', 'rc4'],
    ['both', 'allowed', 'plaintext'],
  ] as const)('downloads with payload as %s when accepted as %s: %s', async (level, mode, method) => {
    const { address, seen } = await serveOnPort(mode)
    const dir = newFolder()
    const listen = `${HOST}:${await freePort()}`
    await start(libtorrentCommand({ role: 'download', dir, listen, level, peers: [address] }), 'done')
    expect(seen[0]).toMatchObject({ kind: 'encrypted', method })
    await waitFor('the file is whole', 30_000, () => sha1(readFileSync(join(dir, NAME))) === sha1(data))
  })
})

/** A whole session; what it emits about connections goes to `connected`. */
async function startSession(encryption: EncryptionPolicy): Promise<{ session: Session; connected: boolean[] }> {
  const session = await createSession({ stateDir: newFolder(), bind: HOST, encryption })
  running.push(() => session[Symbol.asyncDispose]())
  const connected: boolean[] = []
  session.subscribe((event) => void (event.type === 'peer-connected' && connected.push(event.isEncrypted)))
  return { session, connected }
}

describe.skipIf(python === undefined)('a session and libtorrent that takes RC4 only', () => {
  it.each(['allowed', 'preferred', 'required'] as const)('downloads: %s', async (encryption) => {
    const port = await freePort()
    await start(libtorrentCommand({ role: 'seed', dir: root, listen: `${HOST}:${port}`, level: 'rc4' }), 'ready')
    const { session, connected } = await startSession(encryption)
    const directory = newFolder()
    const job = await session.add(torrent.encode([]), { directory, peers: [`${HOST}:${port}`] })
    await job.complete
    expect(connected[0]).toBe(true)
    expect(sha1(readFileSync(join(directory, NAME)))).toBe(sha1(data))
  })

  it.each(['allowed', 'preferred', 'required'] as const)('serves: %s', async (encryption) => {
    const { session, connected } = await startSession(encryption)
    await (
      await session.add(torrent.encode([]), { directory: root, check: 'skip' })
    ).complete
    const dir = newFolder()
    const listen = `${HOST}:${await freePort()}`
    const peers = [`${HOST}:${session.snapshot().port}`]
    await start(libtorrentCommand({ role: 'download', dir, listen, level: 'rc4', peers }), 'done')
    expect(connected[0]).toBe(true)
    await waitFor('the file is whole', 30_000, () => sha1(readFileSync(join(dir, NAME))) === sha1(data))
  })
})

/** aria2 that encrypts everything. */
function aria2Command(port: number, options: readonly string[]): string[] {
  return [
    'aria2c',
    '--no-conf',
    '--enable-dht=false',
    '--enable-dht6=false',
    '--bt-enable-lpd=false',
    '--enable-peer-exchange=false',
    '--bt-require-crypto=true',
    '--bt-min-crypto-level=arc4',
    '--bt-force-encryption=true',
    '--allow-overwrite=true',
    '--file-allocation=none',
    `--interface=${HOST}`,
    `--listen-port=${port}`,
    ...options,
  ]
}

/** A tracker that knows one peer. */
async function trackerOf(address: string): Promise<string> {
  const [host = '', port = ''] = address.split(':')
  const peers = Buffer.from([...host.split('.').map(Number), Number(port) >>> 8, Number(port) & 255])
  const server = createServer((_request, response) => response.end(bencode({ interval: 5, peers })))
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve))
  running.push(() => new Promise((resolve) => server.close(resolve).closeAllConnections()))
  return `http://${HOST}:${(server.address() as AddressInfo).port}/announce`
}

describe.skipIf(!isInstalled('aria2c'))('aria2 that refuses plain handshakes', () => {
  it('seeds', async () => {
    const port = await freePort()
    const options = ['--bt-seed-unverified=true', '--seed-ratio=0.0', `--dir=${root}`, torrentFile()]
    await start(aria2Command(port, options), 'listening on TCP')
    expect(await downloadFrom(port, 'required')).toBe(sha1(data))
  })

  it('downloads', async () => {
    const { address, seen } = await serveOnPort('required')
    const dir = newFolder()
    const options = ['--seed-time=0', `--dir=${dir}`, torrentFile([await trackerOf(address)])]
    await start(aria2Command(await freePort(), options), 'download completed')
    expect(seen[0]).toMatchObject({ kind: 'encrypted', method: 'rc4' })
    expect(sha1(readFileSync(join(dir, NAME)))).toBe(sha1(data))
  })
})
