// A peer without pieces to which two others are connected: names the second to the first, and has them dial each other
// when the first asks. Tells what happens as JSON lines. `holepunch-relay.ts HASH PORT ASKER relays|refuses`

import { createServer } from 'node:net'
import type { Socket } from 'node:net'

import { ipToBytes, normalIp } from '@ccbt/address'
import { silentWire } from '@ccbt/testkit'
import {
  createDecoder,
  createEncoder,
  encodeExtensionHandshake,
  encodeHolepunch,
  encodePex,
  HolepunchError,
  makeReserved,
  parseExtensionHandshake,
  parseHolepunch,
  PexFlag,
} from '@ccbt/wire-protocol'

interface Peer {
  readonly ip: Uint8Array
  readonly port: number
  readonly holepunch: number
  readonly pex: number
  send(id: number, payload: Uint8Array): void
}

const [infoHash = '', port = '0', asker = '', mode = ''] = process.argv.slice(2)
const peers = new Map<string, Peer>()

function tell(event: string, facts: object = {}): void {
  process.stdout.write(`${JSON.stringify({ event, ...facts })}\n`)
}

function accept(socket: Socket): void {
  const host = normalIp(socket.remoteAddress ?? '') ?? ''
  const wire = createEncoder()
  const flush = (): void => void socket.write(wire.take())
  const decoder = createDecoder(
    silentWire({
      handshake: () => {
        wire.handshake({
          reserved: makeReserved({ extended: true, fast: true }),
          infoHash: Buffer.from(infoHash, 'hex'),
          peerId: Buffer.from(`-XX0001-${host.padEnd(12, '0').slice(0, 12)}`),
        })
        wire.haveNone()
        const m = new Map([
          ['ut_pex', 7],
          ['ut_holepunch', 8],
        ])
        wire.extended(0, encodeExtensionHandshake({ m, p: Number(port) }))
        flush()
      },
      extended: (id, payload) => {
        if (id === 8) rendezvous(payload)
        if (id !== 0) return
        const { p = 0, m } = parseExtensionHandshake(payload)
        const send = (to: number, bytes: Uint8Array): void => {
          wire.extended(to, bytes)
          flush()
        }
        const ids = { holepunch: m.get('ut_holepunch') ?? 0, pex: m.get('ut_pex') ?? 0 }
        peers.set(host, { ip: ipToBytes(host)!, port: p, send, ...ids })
        tell('peer', { host, port: p })
        if (peers.size === 2) introduce()
      },
    }),
    { maxBlockLength: 65_536 },
    { expectHandshake: true },
  )
  socket.on('data', (bytes) => decoder.push(bytes))
  socket.on('error', () => {})
}

/** Only the asker hears of the other: nothing but a rendezvous brings them together. */
function introduce(): void {
  const { first, second } = pair()
  const flags = PexFlag.supportsHolepunch | PexFlag.supportsUtp
  first.send(first.pex, encodePex({ added: [{ ip: second.ip, port: second.port, flags }], dropped: [] }))
}

function rendezvous(payload: Uint8Array): void {
  const message = parseHolepunch(payload)
  if (message?.kind !== 'rendezvous') return
  tell('rendezvous')
  const { first, second } = pair()
  const { ip, port: at } = message
  if (mode === 'refuses') {
    const error = HolepunchError.notConnected
    first.send(first.holepunch, encodeHolepunch({ kind: 'error', ip, port: at, error }))
    return
  }
  second.send(second.holepunch, encodeHolepunch({ kind: 'connect', ip: first.ip, port: first.port }))
  first.send(first.holepunch, encodeHolepunch({ kind: 'connect', ip: second.ip, port: second.port }))
}

function pair(): { first: Peer; second: Peer } {
  const second = Array.from(peers).find(([host]) => host !== asker)
  return { first: peers.get(asker)!, second: second![1] }
}

createServer(accept).listen(Number(port), '0.0.0.0', () => tell('listening'))
