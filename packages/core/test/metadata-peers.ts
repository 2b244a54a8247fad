// Peers that have the metadata of a torrent and give it, refuse it or lie about it, over real sockets.

import { createServer } from 'node:net'
import type { Socket } from 'node:net'

import { formatMagnet } from '@ccbt/metainfo'
import type { Magnet, Metainfo } from '@ccbt/metainfo'
import {
  createDecoder,
  createEncoder,
  createExtensionTable,
  encodeExtensionHandshake,
  encodeMetadataMessage,
  makeReserved,
  METADATA_PIECE_BYTES,
  metadataPieceLength,
  parseExtensionHandshake,
  parseMetadataMessage,
  UT_METADATA,
} from '@ccbt/wire-protocol'
import type { WireEncoder } from '@ccbt/wire-protocol'
import { onTestFinished } from 'vitest'

import { fullBitfield, listen } from './support.ts'
import type { Fixture } from './support.ts'

/** What a peer does; absent = it is honest. */
export interface MetadataScript {
  /** Claims this size. */
  readonly size?: number
  /** Changes a piece before it is sent; undefined = no answer at all. */
  readonly answer?: (piece: number, data: Uint8Array) => Uint8Array | undefined
  readonly rejects?: boolean
  /** Says something of its own right after its handshakes. */
  readonly says?: (wire: WireEncoder) => void
  /** Reserved bits in place of those of the fast and extension protocols. */
  readonly reserved?: Uint8Array
}

export interface MetadataPeer {
  readonly host: string
  readonly port: number
  readonly connections: () => number
  readonly isConnected: () => boolean
  readonly asked: () => number
  readonly blocksSent: () => number
  /** What came on the last connection, in order. */
  readonly heard: readonly string[]
}

let nextPeer = 0

/** A listening seed of `source` that speaks ut_metadata by a script. */
export async function metadataPeer(source: Fixture, script: MetadataScript = {}): Promise<MetadataPeer> {
  const peerId = Buffer.from(`-MM0001-${String(nextPeer++).padStart(12, '0')}`)
  const counts = { connections: 0, asked: 0, blocks: 0 }
  const sockets = new Set<Socket>()
  const heard: string[] = []
  const server = createServer((socket) => {
    counts.connections++
    heard.length = 0
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    serve({ socket, source, script, peerId, heard, counts })
  })
  const [host = '', port] = (await listen(server)).split(':')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return {
    host,
    port: Number(port),
    connections: () => counts.connections,
    isConnected: () => sockets.size > 0,
    asked: () => counts.asked,
    blocksSent: () => counts.blocks,
    heard,
  }
}

interface Seat {
  readonly socket: Socket
  readonly source: Fixture
  readonly script: MetadataScript
  readonly peerId: Uint8Array
  readonly heard: string[]
  readonly counts: { asked: number; blocks: number }
}

function serve({ socket, source, script, peerId, heard, counts }: Seat): void {
  const { metainfo } = source
  const wire = createEncoder()
  const extensions = createExtensionTable()
  const ourId = extensions.register(UT_METADATA)
  const size = script.size ?? metainfo.infoBytes.length
  const hear = (what: string) => (): void => void heard.push(what)
  const flush = (): void => void (wire.pending > 0 && socket.write(wire.take()))
  const answer = (id: number, piece: number): void => {
    counts.asked++
    if (script.rejects === true) wire.extended(id, encodeMetadataMessage({ kind: 'reject', piece }))
    const good = new Uint8Array(metadataPieceLength(piece, size))
    good.set(metainfo.infoBytes.subarray(piece * METADATA_PIECE_BYTES).subarray(0, good.length))
    const data = script.answer === undefined ? good : script.answer(piece, good)
    if (script.rejects === true || data === undefined) return
    wire.extended(id, encodeMetadataMessage({ kind: 'data', piece, totalSize: size, data }))
  }
  const decoder = createDecoder(
    {
      handshake: () => {
        heard.push('handshake')
        const reserved = script.reserved ?? makeReserved({ fast: true, extended: true })
        wire.handshake({ reserved, infoHash: metainfo.infoHash, peerId })
        wire.extended(0, encodeExtensionHandshake({ m: extensions.local, metadataSize: size }))
        wire.bitfield(fullBitfield(metainfo))
        wire.unchoke()
        script.says?.(wire)
      },
      keepAlive: hear('keepAlive'),
      choke: hear('choke'),
      unchoke: hear('unchoke'),
      interested: hear('interested'),
      notInterested: hear('notInterested'),
      have: () => {},
      bitfield: hear('bitfield'),
      haveAll: hear('haveAll'),
      haveNone: hear('haveNone'),
      request: (piece, begin, length) => {
        counts.blocks++
        const at = piece * metainfo.pieceLength + begin
        wire.pieceHeader(piece, begin, length)
        flush()
        socket.write(source.bytes.slice(at, at + length))
      },
      cancel: () => {},
      reject: () => {},
      suggest: () => {},
      allowedFast: () => {},
      port: () => {},
      blockBegin: () => undefined,
      blockEnd: () => {},
      extended: (id, payload) => {
        if (id === 0) {
          heard.push('extended handshake')
          extensions.update(parseExtensionHandshake(payload))
        }
        const message = id === ourId ? parseMetadataMessage(payload) : undefined
        const theirId = extensions.remoteId(UT_METADATA)
        if (message?.kind === 'request' && theirId !== undefined) answer(theirId, message.piece)
      },
      hashRequest: hear('hashRequest'),
      hashReject: hear('hashReject'),
    },
    { maxBlockLength: 131_072 },
  )
  socket.on('error', () => {})
  socket.on('data', (bytes) => {
    decoder.push(bytes)
    flush()
  })
}

/** A magnet link of the torrent that names these peers. */
export function magnetOf(metainfo: Metainfo, peers: readonly MetadataPeer[], more: Partial<Magnet> = {}): string {
  const addresses = peers.map(({ host, port }) => ({ host, port }))
  const nothing = { trackers: [], webSeeds: [], selected: [] }
  return formatMagnet({ infoHashV1: metainfo.infoHash, ...nothing, peers: addresses, ...more })
}
