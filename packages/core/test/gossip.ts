// A peer that exchanges addresses (BEP 11).

import { connect } from 'node:net'

import {
  createDecoder,
  createEncoder,
  encodeExtensionHandshake,
  encodeHolepunch,
  encodePex,
  makeReserved,
  parseHolepunch,
  parsePex,
} from '@ccbt/wire-protocol'
import type { HolepunchMessage, PexMessage } from '@ccbt/wire-protocol'
import { silentWire } from '@ccbt/testkit'
import { onTestFinished, vi } from 'vitest'

import type { Fixture, TestSession } from './support.ts'

/** Machines may be busy. */
const WAIT_MS = 30_000

export interface Gossip {
  /** Extensions that the session's handshake names. */
  readonly names: string[]
  readonly heard: PexMessage[]
  /** Messages of hole punching, when it was told that it can do that. */
  readonly punches: HolepunchMessage[]
  send(message: PexMessage): void
  punch(message: HolepunchMessage): void
}

/** Connects to the session as a peer without pieces that exchanges addresses. */
export async function gossip(source: Fixture, to: TestSession, listensAt = 9, canPunch = false): Promise<Gossip> {
  const names: string[] = []
  const heard: PexMessage[] = []
  const punches: HolepunchMessage[] = []
  await vi.waitUntil(() => to.session.snapshot().torrents[0]?.phase === 'downloading', WAIT_MS)
  const socket = connect(to.port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  const wire = createEncoder()
  let pexId = 0
  let punchId = 0
  const decoder = createDecoder(
    silentWire({
      extended: (id, payload) => {
        if (id === 7) heard.push(parsePex(payload.slice()))
        if (id === 8) punches.push(parseHolepunch(payload)!)
        if (id !== 0) return
        const text = Buffer.from(payload).toString('latin1')
        for (const name of ['ut_pex', 'ut_metadata', 'lt_donthave', 'ut_holepunch'])
          if (text.includes(name)) names.push(name)
        pexId = Number(/ut_pexi(\d+)e/.exec(text)?.[1] ?? 0)
        punchId = Number(/ut_holepunchi(\d+)e/.exec(text)?.[1] ?? 0)
      },
    }),
    { maxBlockLength: 65_536, bitfieldLength: 1 },
    { expectHandshake: true },
  )
  socket.on('data', (bytes) => decoder.push(bytes))
  wire.handshake({
    reserved: makeReserved({ extended: true, fast: true }),
    infoHash: source.metainfo.infoHash,
    peerId: Buffer.from(`-XX0001-${String(Math.random()).slice(2, 14).padEnd(12, '0')}`),
  })
  wire.haveNone()
  const m = new Map([['ut_pex', 7]])
  if (canPunch) m.set('ut_holepunch', 8)
  wire.extended(0, encodeExtensionHandshake({ m, p: listensAt }))
  socket.write(wire.take())
  await vi.waitUntil(() => names.length > 0, WAIT_MS)
  return {
    names,
    heard,
    punches,
    send(message) {
      wire.extended(pexId, encodePex(message))
      socket.write(wire.take())
    },
    punch(message) {
      wire.extended(punchId, encodeHolepunch(message))
      socket.write(wire.take())
    },
  }
}
