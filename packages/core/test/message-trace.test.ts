// What is told of a connection, and that it is left as it was.

import { createDecoder, createEncoder } from '@ccbt/wire-protocol'
import { silentWire } from '@ccbt/testkit'
import { describe, expect, it } from 'vitest'

import { MessageTrace } from '../src/peer/message-trace.ts'
import type { PeerTracer } from '../src/peer/message-trace.ts'

const LIMITS = { maxBlockLength: 16_384, bitfieldLength: 2 }

function connection(): {
  readonly trace: MessageTrace
  readonly told: string[]
  readonly heard: number[]
  receive(send: (peer: ReturnType<typeof createEncoder>) => void): void
  readonly encoder: ReturnType<typeof createEncoder>
  want: boolean
} {
  const told: string[] = []
  const heard: number[] = []
  const handler = silentWire({ have: (piece) => void heard.push(piece) })
  const encoder = createEncoder()
  const state = { want: false }
  const tracer: PeerTracer = {
    wants: (infoHash, address) => infoHash === 'ab' && address() === '192.0.2.1:6881' && state.want,
    told: (_, __, text) => void told.push(text),
  }
  const trace = new MessageTrace({ tracer, infoHash: 'ab', address: () => '192.0.2.1:6881', handler, encoder })
  const decoder = createDecoder(handler, LIMITS, { expectHandshake: false })
  const peer = createEncoder()
  return Object.assign(state, {
    trace,
    told,
    heard,
    encoder,
    receive(send: (from: typeof peer) => void) {
      send(peer)
      decoder.push(peer.take())
    },
  })
}

describe('a traced connection', () => {
  it('tells what is sent and received while somebody looks, and does the same as ever', () => {
    const c = connection()
    c.receive((peer) => peer.have(1))
    expect(c.told).toEqual([])
    c.want = true
    c.trace.look()
    c.receive((peer) => {
      peer.have(2)
      peer.bitfield(Uint8Array.of(1, 2))
      peer.extended(0, Buffer.from('d1:md6:secreti1eee'))
      peer.request(7, 16_384, 16_384)
    })
    c.encoder.unchoke()
    c.encoder.pieceHeader(7, 0, 16_384)
    expect(c.told).toEqual([
      'from 192.0.2.1:6881: have 2',
      'from 192.0.2.1:6881: bitfield (2 bytes)',
      'from 192.0.2.1:6881: extended 0 (18 bytes)',
      'from 192.0.2.1:6881: request 7 16384 16384',
      'to 192.0.2.1:6881: unchoke',
      'to 192.0.2.1:6881: piece 7 0 16384',
    ])
    expect(Buffer.from(c.encoder.take()).toString('hex')).toBe('000000010100004009070000000700000000')
    c.want = false
    c.trace.look()
    c.receive((peer) => peer.have(3))
    c.encoder.choke()
    expect(c.told).toHaveLength(6)
    expect(c.heard).toEqual([1, 2, 3])
    expect(Object.keys(c.encoder)).toEqual(Object.keys(createEncoder()))
  })

  it('says how much it leaves out when there is too much', () => {
    const c = connection()
    c.want = true
    c.trace.look()
    c.receive((peer) => {
      for (let i = 0; i < 250; i++) peer.have(i)
    })
    expect(c.told).toHaveLength(100)
    c.trace.look()
    expect(c.told.at(-1)).toBe('and 150 more messages')
    expect(c.heard).toHaveLength(250)
  })
})
