// Which part of a live torrent each message of a peer goes to.

import { Bitfield } from '@ccbt/primitives'
import type { Layout } from '@ccbt/primitives'
import type { WireHandler } from '@ccbt/wire-protocol'

import { violated } from '../errors.ts'
import type { HashExchange } from '../hashes/exchange.ts'
import type { Connection } from '../peer/connection.ts'
import type { DhtAccess } from '../sources/dht-access.ts'
import type { Downloader } from '../download/downloader.ts'
import type { Extensions } from './extensions.ts'
import type { Interest } from './interest.ts'
import type { Uploader } from '../upload/uploader.ts'

/** Allowed Fast pieces that are remembered per peer. */
const MAX_ALLOWED_FAST = 10

/** The parts of a torrent that take messages. */
export interface MessageTakers {
  readonly layout: Layout
  readonly downloader: Downloader
  readonly uploader: Uploader
  readonly interest: Interest
  readonly extensions: Extensions
  /** Absent for a v1 torrent. */
  readonly hashes: HashExchange | undefined
  /** The node that peers of this torrent may hear of. */
  readonly dht: Pick<DhtAccess, 'addNode'> | undefined
  /** The peer wants something, or nothing any more. */
  readonly peerInterest: (connection: Connection, isInterested: boolean) => void
}

/** The handler of one connection's messages. */
export function messagesOf(c: Connection, takers: MessageTakers): Omit<WireHandler, 'handshake'> {
  const { downloader, extensions, interest, layout, peerInterest } = takers
  return {
    keepAlive: () => c.flood.count(),
    ...chokeMessages(c, takers),
    interested: () => peerInterest(c, true),
    notInterested: () => peerInterest(c, false),
    have: (piece) => {
      c.flood.count()
      interest.peerHas(c, piece)
    },
    bitfield: (bits) => {
      c.flood.count(1 + bits.length)
      const field = Bitfield.fromBytes(bits, layout.pieces)
      if (field === undefined) throw violated('sent a malformed bitfield')
      interest.peerHasThese(c, field)
    },
    haveAll: () => interest.peerHasAll(c),
    haveNone: () => interest.peerHasNone(c),
    ...requestMessages(c, takers),
    allowedFast: (n) => {
      c.flood.count()
      const piece = layout.piece(n)
      if (piece !== undefined && c.allowedFast.size < MAX_ALLOWED_FAST) c.allowedFast.add(piece)
    },
    port: (port) => {
      c.flood.count()
      takers.dht?.addNode({ host: c.stream.remote.host, port })
    },
    blockBegin: (piece, begin, length) => downloader.blockBegin(c, piece, begin, length),
    blockEnd: (_, begin, length) => downloader.blockEnd(c, begin, length),
    extended: (id, payload) => extensions.received(c, id, payload),
    ...hashMessages(c, takers),
  }
}

function chokeMessages(c: Connection, { downloader }: MessageTakers): Pick<WireHandler, 'choke' | 'unchoke'> {
  return {
    choke: () => {
      c.flood.countChoke()
      if (!c.peerChoking) downloader.choked(c)
      c.peerChoking = true
    },
    unchoke: () => {
      c.flood.countChoke()
      c.peerChoking = false
    },
  }
}

function requestMessages(
  c: Connection,
  { downloader, uploader }: MessageTakers,
): Pick<WireHandler, 'request' | 'cancel' | 'reject' | 'suggest'> {
  return {
    request: (piece, begin, length) => {
      if (!uploader.requested(c, piece, begin, length)) c.flood.count()
    },
    cancel: (piece, begin, length) => {
      c.flood.count()
      uploader.cancelled(c, piece, begin, length)
    },
    reject: (piece, begin, length) => downloader.rejected(c, piece, begin, length),
    suggest: () => c.flood.count(),
  }
}

function hashMessages(
  c: Connection,
  { hashes }: MessageTakers,
): Pick<WireHandler, 'hashRequest' | 'hashes' | 'hashReject'> {
  return {
    hashRequest: (range) => {
      c.flood.count()
      if (hashes === undefined) c.encoder.hashReject(range)
      else hashes.requested(c, range)
    },
    hashes: (range, list) => {
      c.flood.count()
      hashes?.received(c, range, list)
    },
    hashReject: (range) => {
      c.flood.count()
      hashes?.rejected(c, range)
    },
  }
}
