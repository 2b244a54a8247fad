// A real session on loopback and scripted peers that speak raw wire bytes to it.

import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { buildTorrent, parseTorrent } from '@ccbt/metainfo'
import type { Metainfo } from '@ccbt/metainfo'
import { seededRandom } from '@ccbt/primitives'
import { createDecoder, createEncoder, makeReserved } from '@ccbt/wire-protocol'
import type { WireEncoder, WireHandler } from '@ccbt/wire-protocol'
import { onTestFinished } from 'vitest'

import { createSession } from '../src/index.ts'
import type { Session, SessionEvent, SessionOptions, SessionParts } from '../src/index.ts'

export const BLOCK = 16_384

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ccbt-core-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export interface Fixture {
  readonly metainfo: Metainfo
  readonly torrent: Uint8Array
  /** All bytes of the torrent. */
  readonly bytes: Uint8Array
  /** Writes the data below a folder. */
  readonly place: (folder: string) => Promise<void>
}

/** A torrent of random bytes; `lengths` > 1 makes it a folder. */
export function fixture(options: {
  lengths: number[]
  pieceLength: number
  trackers?: string[][]
  seed?: number
  /** All bytes instead of random ones. */
  bytes?: Uint8Array
}): Fixture {
  const { lengths, pieceLength } = options
  const total = lengths.reduce((a, b) => a + b, 0)
  const random = seededRandom(options.seed ?? 1)
  const bytes = options.bytes ?? new Uint8Array(total).map(() => random.u32())
  const pieces: Buffer[] = []
  for (let at = 0; at < total; at += pieceLength) {
    pieces.push(
      createHash('sha1')
        .update(bytes.subarray(at, at + pieceLength))
        .digest(),
    )
  }
  const isMultiFile = lengths.length > 1
  const files = lengths.map((length, i) => ({ path: [isMultiFile ? `file ${i}.bin` : 'one.bin'], length }))
  const torrent = buildTorrent({
    name: isMultiFile ? 'folder' : 'one.bin',
    files,
    isMultiFile,
    pieceLength,
    pieceHashes: Buffer.concat(pieces),
    trackers: options.trackers ?? [],
  })
  const metainfo = parseTorrent(torrent)
  return {
    metainfo,
    torrent,
    bytes,
    async place(folder) {
      for (const file of metainfo.files) {
        const path = join(folder, ...file.path)
        await mkdir(dirname(path), { recursive: true })
        await writeFile(path, bytes.subarray(file.offset, file.offset + file.length))
      }
    },
  }
}

export interface TestSession {
  readonly session: Session
  readonly events: SessionEvent[]
  readonly port: number
}

/** A session on 127.0.0.1 that is closed after the test. */
export async function startSession(
  options: Partial<SessionOptions> = {},
  parts: Partial<SessionParts> = {},
): Promise<TestSession> {
  const session = await createSession({ stateDir: temporaryFolder(), bind: '127.0.0.1', ...options }, parts)
  onTestFinished(() => session[Symbol.asyncDispose]())
  const events: SessionEvent[] = []
  session.subscribe((event) => events.push(event))
  return { session, events, port: session.snapshot().port }
}

/** What a scripted peer does; every hook may be absent. */
export interface PeerScript {
  /** Pieces that it claims to have; default all. */
  readonly bitfield?: Uint8Array
  /** Changes the bytes of a block before they are sent. */
  readonly spoil?: (piece: number, begin: number, data: Uint8Array) => Uint8Array
  /** Called for each request; false = it is not answered. */
  readonly answers?: (piece: number, begin: number) => boolean
  /** Speaks the fast extension: cancelled requests are answered with rejects (BEP 6). */
  readonly fast?: boolean
  /** Milliseconds before each answer. */
  readonly delayMs?: number
  /** Nothing is answered before this; default at once. */
  readonly after?: Promise<unknown>
}

export interface ScriptedPeer {
  readonly address: string
  /** Bytes of blocks that it sent. */
  readonly sent: () => number
  readonly requested: () => number
  readonly isConnected: () => boolean
}

let nextPeer = 0

/** A listening peer with all the data of `source` that follows a script. */
export async function seedingPeer(source: Fixture, script: PeerScript = {}): Promise<ScriptedPeer> {
  let sent = 0
  let requested = 0
  const sockets = new Set<Socket>()
  const peerId = Buffer.from(`-XX0001-${String(nextPeer++).padStart(12, '0')}`)
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    const wire = createEncoder()
    const waiting = new Map<string, NodeJS.Timeout>()
    const flush = (): void => void (wire.pending > 0 && socket.write(wire.take()))
    speak(socket, {
      handshake: () => {
        wire.handshake({
          reserved: makeReserved({ fast: script.fast === true }),
          infoHash: source.metainfo.infoHash,
          peerId,
        })
        wire.bitfield(script.bitfield ?? fullBitfield(source.metainfo))
        wire.unchoke()
        flush()
      },
      request: (piece, begin, length) => {
        requested++
        if (script.answers?.(piece, begin) === false) return
        const at = piece * source.metainfo.pieceLength + begin
        const good = source.bytes.slice(at, at + length)
        const data = script.spoil?.(piece, begin, good) ?? good
        const send = (): void => {
          wire.pieceHeader(piece, begin, length)
          flush()
          socket.write(data)
          sent += length
          waiting.delete(`${piece} ${begin}`)
        }
        if (script.after !== undefined) void script.after.then(send)
        else if (script.delayMs === undefined) send()
        else waiting.set(`${piece} ${begin}`, setTimeout(send, script.delayMs))
      },
      cancel: (piece, begin, length) => {
        const timer = waiting.get(`${piece} ${begin}`)
        if (script.fast !== true || timer === undefined) return
        clearTimeout(timer)
        wire.reject(piece, begin, length)
        flush()
      },
    })
  })
  const address = await listen(server)
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { address, sent: () => sent, requested: () => requested, isConnected: () => sockets.size > 0 }
}

export function fullBitfield(metainfo: Metainfo): Uint8Array {
  const pieces = Math.ceil(metainfo.totalLength / metainfo.pieceLength)
  const bits = new Uint8Array(Math.ceil(pieces / 8)).fill(0xff)
  if (pieces % 8 !== 0) bits[bits.length - 1] = (0xff << (8 - (pieces % 8))) & 0xff
  return bits
}

export interface RawPeer {
  readonly socket: Socket
  readonly wire: WireEncoder
  /** Sends what the encoder holds. */
  readonly flush: () => void
  readonly heard: string[]
  readonly isClosed: () => boolean
}

/** Connects to a session as a peer of `source`; sends only the handshake by itself. */
export async function connectPeer(
  port: number,
  source: Fixture,
  features = { fast: false, extended: false },
): Promise<RawPeer> {
  const socket = connect(port, '127.0.0.1')
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  socket.on('error', () => {})
  onTestFinished(() => void socket.destroy())
  let isClosed = false
  socket.on('close', () => (isClosed = true))
  const heard: string[] = []
  const wire = createEncoder()
  speak(socket, {}, heard)
  wire.handshake({
    reserved: makeReserved(features),
    infoHash: source.metainfo.infoHash,
    peerId: Buffer.from(`-YY0001-${String(nextPeer++).padStart(12, '0')}`),
  })
  const flush = (): void => void (wire.pending > 0 && !socket.destroyed && socket.write(wire.take()))
  flush()
  return { socket, wire, flush, heard, isClosed: () => isClosed }
}

/** Decodes what arrives on a socket; everything without a handler is written to `heard`. */
function speak(socket: Socket, handlers: Partial<WireHandler>, heard: string[] = []): void {
  const note =
    (name: string) =>
    (...args: unknown[]): undefined =>
      void heard.push([name, ...args.map((a) => (a instanceof Uint8Array ? a.length : a))].join(' '))
  const decoder = createDecoder(
    {
      handshake: note('handshake'),
      keepAlive: note('keepAlive'),
      choke: note('choke'),
      unchoke: note('unchoke'),
      interested: note('interested'),
      notInterested: note('notInterested'),
      have: note('have'),
      bitfield: note('bitfield'),
      haveAll: note('haveAll'),
      haveNone: note('haveNone'),
      request: note('request'),
      cancel: note('cancel'),
      reject: note('reject'),
      suggest: note('suggest'),
      allowedFast: note('allowedFast'),
      port: note('port'),
      blockBegin: () => undefined,
      blockEnd: note('block'),
      extended: note('extended'),
      ...handlers,
    },
    { maxBlockLength: 131_072 },
  )
  socket.on('error', () => {})
  socket.on('data', (data) => decoder.push(data))
}

export async function listen(server: Server, host = '127.0.0.1'): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  return `${host}:${(server.address() as AddressInfo).port}`
}
