// A peer that speaks cc_xet as it likes.

import { connect } from 'node:net'

import { silentWire } from '@ccbt/testkit'
import {
  CC_XET,
  createDecoder,
  createEncoder,
  encodeExtensionHandshake,
  encodeXet,
  makeReserved,
  parseExtensionHandshake,
  parseXet,
} from '@ccbt/wire-protocol'
import type { XetMessage } from '@ccbt/wire-protocol'
import { onTestFinished, vi } from 'vitest'

import { OUR_ABILITIES } from '../src/xet/exchange.ts'

const WAIT_MS = 30_000
const OUR_ID = 9

export interface XetPeer {
  /** Whether the session's handshake has the extension. */
  readonly isOffered: boolean
  readonly heard: XetMessage[]
  readonly address: string
  readonly isClosed: () => boolean
  send(message: XetMessage): void
  interested(): void
  /** Waits for a message of this type. */
  next<T extends XetMessage['type']>(type: T): Promise<Extract<XetMessage, { type: T }>>
}

let nextPeer = 0

/**
 * Connects, with so many pieces; fulfilled when the session's extension handshake has come. `answer` is called for each
 * message.
 */
export async function xetPeer(
  port: number,
  infoHash: Uint8Array,
  answer: (message: XetMessage) => XetMessage | undefined = () => undefined,
  pieces = 0,
): Promise<XetPeer> {
  const socket = connect(port, '127.0.0.1')
  let isClosed = false
  socket.on('error', () => {}).on('close', () => (isClosed = true))
  onTestFinished(() => void socket.destroy())
  const wire = createEncoder()
  const heard: XetMessage[] = []
  let theirId: number | undefined
  const send = (message: XetMessage): void => {
    wire.extended(theirId ?? OUR_ID, encodeXet(message))
    if (!socket.destroyed) socket.write(wire.take())
  }
  const decoder = createDecoder(
    silentWire({
      extended: (id, payload) => {
        if (id === 0) theirId = parseExtensionHandshake(payload).m.get(CC_XET) ?? 0
        const message = id === OUR_ID ? parseXet(payload.slice()) : undefined
        if (message === undefined) return
        heard.push(message)
        const reply = answer(message)
        if (reply !== undefined) send(reply)
      },
    }),
    { maxBlockLength: 65_536 },
    { expectHandshake: true },
  )
  socket.on('data', (data) => decoder.push(data))
  wire.handshake({
    reserved: makeReserved({ extended: true, fast: true }),
    infoHash,
    peerId: Buffer.from(`-XE0001-${String(nextPeer++).padStart(12, '0')}`),
  })
  for (let piece = 0; piece < pieces; piece++) wire.have(piece)
  wire.extended(0, encodeExtensionHandshake({ m: new Map([[CC_XET, OUR_ID]]), xet: OUR_ABILITIES }))
  socket.write(wire.take())
  await vi.waitUntil(() => theirId !== undefined, WAIT_MS)
  return {
    isOffered: theirId !== 0,
    heard,
    address: `127.0.0.1:${socket.localPort}`,
    isClosed: () => isClosed,
    send,
    interested() {
      wire.interested()
      socket.write(wire.take())
    },
    async next(type) {
      const found = await vi.waitUntil(() => heard.find((message) => message.type === type), WAIT_MS)
      heard.splice(heard.indexOf(found), 1)
      // Found by its type.
      return found as Extract<XetMessage, { type: typeof type }>
    },
  }
}
