import { bug, seededRandom } from '@ccbt/primitives'
import { VirtualClock } from '@ccbt/testkit'
import {
  createEncoder,
  createExtensionTable,
  encodeMetadataMessage,
  METADATA_PIECE_BYTES,
  parseMetadataMessage,
  UT_METADATA,
} from '@ccbt/wire-protocol'
import type { MetadataMessage } from '@ccbt/wire-protocol'
import { describe, expect, it } from 'vitest'

import { MetadataServer } from '../src/metadata/serve.ts'

const random = seededRandom(3)
/** Three pieces, the last one of 100 bytes. */
const INFO = new Uint8Array(2 * METADATA_PIECE_BYTES + 100).map(() => random.u32())

interface Asker {
  readonly ask: (piece: number) => MetadataMessage | undefined
  readonly say: (message: MetadataMessage) => MetadataMessage | undefined
  readonly fill: (bytes: number) => void
}

function asker(server: MetadataServer, m: Record<string, number> = { [UT_METADATA]: 7 }): Asker {
  const encoder = createEncoder()
  const extensions = createExtensionTable()
  extensions.register(UT_METADATA)
  extensions.update({ m: new Map(Object.entries(m)) })
  const stream = { queuedBytes: 0 }
  const connection = { encoder, extensions, stream }
  const say = (message: MetadataMessage): MetadataMessage | undefined => {
    server.received(connection, encodeMetadataMessage(message))
    const sent = encoder.take()
    if (sent.length === 0) return undefined
    if (sent[5] !== 7) throw bug('not the id that the peer gave')
    return parseMetadataMessage(sent.slice(6))
  }
  return { say, ask: (piece) => say({ kind: 'request', piece }), fill: (bytes) => void (stream.queuedBytes = bytes) }
}

describe('MetadataServer', () => {
  it('gives the pieces and rejects what does not exist', () => {
    const server = new MetadataServer(INFO, new VirtualClock())
    const peer = asker(server)
    expect(server.size).toBe(INFO.length)
    const totalSize = INFO.length
    const data = (from: number, to?: number): Uint8Array => INFO.slice(from, to)
    expect(peer.ask(0)).toEqual({ kind: 'data', piece: 0, totalSize, data: data(0, METADATA_PIECE_BYTES) })
    expect(peer.ask(2)).toEqual({ kind: 'data', piece: 2, totalSize, data: data(2 * METADATA_PIECE_BYTES) })
    expect(peer.ask(3)).toEqual({ kind: 'reject', piece: 3 })
    expect(peer.ask(4095)).toEqual({ kind: 'reject', piece: 4095 })
  })

  it('answers nothing but requests, and only those who can hear it', () => {
    const server = new MetadataServer(INFO, new VirtualClock())
    expect(asker(server).say({ kind: 'reject', piece: 0 })).toBeUndefined()
    expect(asker(server).say({ kind: 'data', piece: 0, totalSize: 1, data: new Uint8Array(1) })).toBeUndefined()
    expect(asker(server, {}).ask(0)).toBeUndefined()
  })

  it('rejects a flood, each peer by itself, and serves again later', async () => {
    const clock = new VirtualClock()
    const server = new MetadataServer(INFO, clock)
    const peer = asker(server)
    const kinds = Array.from({ length: 1000 }, (_, n) => peer.ask(n % 3)?.kind)
    const served = kinds.filter((kind) => kind === 'data').length
    expect(served).toBeGreaterThanOrEqual(6)
    expect(served).toBeLessThan(30)
    expect(kinds.at(-1)).toBe('reject')
    expect(asker(server).ask(0)?.kind).toBe('data')
    await clock.advance(1000)
    const later = Array.from({ length: 1000 }, () => peer.ask(0)?.kind).filter((kind) => kind === 'data').length
    expect(later).toBe(16)
  })

  it('sends nothing more to a peer that does not read', () => {
    const peer = asker(new MetadataServer(INFO, new VirtualClock()))
    peer.fill(600_000)
    expect(peer.ask(0)?.kind).toBe('reject')
    peer.fill(0)
    expect(peer.ask(0)?.kind).toBe('data')
  })
})
