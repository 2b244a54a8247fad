// A peer that is asked for content.

import { createServer } from 'node:net'

import { parseEndpoint } from '@ccbt/address'
import type { Endpoint } from '@ccbt/address'
import { silentWire } from '@ccbt/testkit'
import {
  CC_XET,
  createDecoder,
  createEncoder,
  encodeExtensionHandshake,
  encodeXet,
  makeReserved,
  parseXet,
  XetReject,
} from '@ccbt/wire-protocol'
import type { XetMessage } from '@ccbt/wire-protocol'
import { loadHashSuite } from '@ccbt/xet'
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

/** A peer that gives a file of one chunk, whatever is asked for. */
export interface Imposter {
  readonly endpoint: Endpoint
  /** Times that it was asked for something. */
  readonly calls: () => number
}

/** Starts one; `data` has at most 16 KiB. It says `busy` times that it is busy. */
export async function imposter(data: Uint8Array, host = '127.0.0.1', busy = 0): Promise<Imposter> {
  const suite = await loadHashSuite('blake3')
  const hashes = suite.chunkHash(data)
  const lengths = [data.length]
  const fileHash = suite.fileHash({ lengths, hashes })
  const map = { type: 'map', fileHash, size: data.length, total: 1, first: 0, lengths, hashes } as const
  let calls = 0
  const address = await lying(({ id, type }) => {
    if (calls++ < busy) return [{ type: 'reject', id, code: XetReject.busy, retryS: 0 }]
    if (type === 'get') return [{ type: 'data', id, offset: 0, total: data.length, codec: 0, bytes: data }]
    return [{ ...map, id }]
  }, host)
  return { endpoint: parseEndpoint(address), calls: () => calls }
}
