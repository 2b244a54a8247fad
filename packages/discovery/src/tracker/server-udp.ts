// The UDP face of a tracker. The engine gives the same connection id to everybody and believes the address that a
// client claims to have; both are put right here, before a datagram reaches it.

import { createSocket } from 'node:dgram'
import type { RemoteInfo, Socket } from 'node:dgram'

import type Engine from 'bittorrent-tracker/server'

import type { ConnectionIds } from './connection-ids.ts'
import { ACTION, PROTOCOL_ID } from './udp-packets.ts'

const MIN_PACKET_BYTES = 16
const ANNOUNCE_BYTES = 98
/** Where an announce may claim an address. */
const CLAIMED_IP = { start: 84, end: 88 } as const

/** What a UDP face works with. */
export interface UdpFaceOptions {
  readonly engine: Engine
  readonly ids: ConnectionIds
  readonly log: (line: string) => void
}

/** An unbound socket that answers clients of one family through the engine. */
export function createUdpFace(family: 4 | 6, options: UdpFaceOptions): Socket {
  const socket = family === 4 ? createSocket('udp4') : createSocket({ type: 'udp6', ipv6Only: true })
  socket.on('message', (packet, from) => {
    try {
      receive(socket, packet, from, options)
    } catch (error) {
      // Job boundary: one datagram that the engine cannot digest must not end the tracker.
      options.log(`datagram failed: ${error instanceof Error ? error.message : String(error)}`)
    }
  })
  if (family === 4) options.engine.udp4 = socket
  else options.engine.udp6 = socket
  return socket
}

/** Datagrams that are no requests, or bear no id of ours, get no answer: the sender may not be who it seems. */
function receive(socket: Socket, packet: Buffer, from: RemoteInfo, { engine, ids }: UdpFaceOptions): void {
  if (packet.length < MIN_PACKET_BYTES || from.port === 0) return
  const action = packet.readUInt32BE(8)
  if (action === ACTION.connect) {
    if (packet.readBigUInt64BE(0) === PROTOCOL_ID) answerConnect(socket, packet, from, ids)
    return
  }
  if (!ids.isValid(packet.subarray(0, 8), from.address)) return
  if (action === ACTION.announce) {
    if (packet.length < ANNOUNCE_BYTES) return
    packet.fill(0, CLAIMED_IP.start, CLAIMED_IP.end)
  }
  // The only id that the engine accepts.
  packet.writeBigUInt64BE(PROTOCOL_ID, 0)
  engine.onUdpRequest(packet, from)
}

function answerConnect(socket: Socket, packet: Buffer, from: RemoteInfo, ids: ConnectionIds): void {
  const answer = Buffer.concat([Buffer.alloc(4), packet.subarray(12, 16), ids.make(from.address)])
  socket.send(answer, from.port, from.address)
}
