// A peer that is asked for content.

import { createServer } from 'node:net'

import { silentWire } from '@ccbt/testkit'
import {
  CC_XET,
  createDecoder,
  createEncoder,
  encodeExtensionHandshake,
  encodeXet,
  makeReserved,
  parseXet,
} from '@ccbt/wire-protocol'
import type { XetMessage } from '@ccbt/wire-protocol'
import { onTestFinished } from 'vitest'

import { CONTENT_INFO_HASH } from '../src/xet/content-link.ts'
import { OUR_ABILITIES } from '../src/xet/exchange.ts'
import { listen } from './support.ts'

/** A peer that answers as it likes. */
export async function lying(
  answer: (message: XetMessage) => readonly XetMessage[],
  host = '127.0.0.1',
): Promise<string> {
  const server = createServer((socket) => {
    const wire = createEncoder()
    socket.on('error', () => {})
    const decoder = createDecoder(
      silentWire({
        handshake: () => {
          const peerId = Buffer.from('-XX0001-000000000000')
          wire.handshake({ reserved: makeReserved({ extended: true }), infoHash: CONTENT_INFO_HASH, peerId })
          wire.extended(0, encodeExtensionHandshake({ m: new Map([[CC_XET, 3]]), xet: OUR_ABILITIES }))
          socket.write(wire.take())
        },
        extended: (id, payload) => {
          const message = id === 3 ? parseXet(payload) : undefined
          for (const reply of message === undefined ? [] : answer(message)) wire.extended(1, encodeXet(reply))
          if (wire.pending > 0) socket.write(wire.take())
        },
      }),
      { maxBlockLength: 65_536 },
      { expectHandshake: true },
    )
    socket.on('data', (data) => decoder.push(data))
  })
  onTestFinished(() => void server.close())
  return await listen(server, host)
}
