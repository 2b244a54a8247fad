// Floods of messages that are allowed one by one. Each flood runs until the session ends it, again and again, while an
// honest session exchanges its data with the same torrent. An unhandled rejection would fail the run.

import { describe, expect, it } from 'vitest'

import { exchangeHonestly, EXTENDED, FAST, flood, PIECES, startVictim, watchCost } from './hostile.ts'
import type { PLAIN, Victim } from './hostile.ts'
import { BLOCK } from './support.ts'
import type { RawPeer } from './support.ts'

const extensionHandshake = Buffer.from('d1:md11:lt_donthavei3ee1:v4:evile')
const bits = new Uint8Array(PIECES / 8).fill(0xaa)

interface Flood {
  readonly name: string
  readonly features?: typeof PLAIN
  /** One of the messages. */
  readonly send: (peer: RawPeer, n: number) => void
  readonly reason?: RegExp
}

const FLOODS: readonly Flood[] = [
  { name: 'Have', send: ({ wire }, n) => wire.have(n % (PIECES - 1)) },
  { name: 'bitfields', send: ({ wire }) => wire.bitfield(bits) },
  { name: 'Suggest', features: FAST, send: ({ wire }, n) => wire.suggest(n % PIECES) },
  { name: 'Allowed Fast', features: FAST, send: ({ wire }, n) => wire.allowedFast(n % PIECES) },
  { name: 'keep-alives', send: ({ wire }) => wire.keepAlive() },
  { name: 'DHT ports', send: ({ wire }) => wire.port(6881) },
  { name: 'cancels', send: ({ wire }, n) => wire.cancel(n % PIECES, 0, BLOCK) },
  {
    name: 'choking and unchoking',
    send: ({ wire }, n) => (n % 2 === 0 ? wire.unchoke() : wire.choke()),
  },
  {
    name: 'choking and unchoking with something to download',
    send: ({ wire }, n) => {
      if (n === 0) wire.bitfield(new Uint8Array(PIECES / 8).fill(0xfe))
      if (n % 2 === 0) wire.unchoke()
      else wire.choke()
    },
  },
  {
    name: 'interest that comes and goes',
    send: ({ wire }, n) => (n % 2 === 0 ? wire.interested() : wire.notInterested()),
  },
  { name: 'requests while choked', send: ({ wire }) => wire.request(0, 0, BLOCK) },
  { name: 'requests while choked that are rejected', features: FAST, send: ({ wire }) => wire.request(0, 0, BLOCK) },
  { name: 'requests that cannot be', features: FAST, send: ({ wire }, n) => wire.request(n, n, n) },
  { name: 'unknown extension messages', features: EXTENDED, send: ({ wire }) => wire.extended(77, bits) },
  { name: 'extension handshakes', features: EXTENDED, send: ({ wire }) => wire.extended(0, extensionHandshake) },
  {
    name: 'rejects of what was never requested',
    features: FAST,
    send: ({ wire }, n) => wire.reject(n % PIECES, 0, BLOCK),
    reason: /not requested/,
  },
  {
    name: 'blocks that were never requested',
    send: ({ wire, socket, flush }, n) => {
      wire.pieceHeader(n % PIECES, 0, BLOCK)
      flush()
      socket.write(new Uint8Array(BLOCK))
    },
    reason: /not requested/,
  },
]

/** Repeats the flood with new connections until `isOver`, at least once to its end. */
async function attack(victim: Victim, { name, features, send, reason }: Flood, isOver: () => boolean): Promise<void> {
  do {
    const peer = await victim.attacker(features)
    let sent = 0
    await flood(
      peer,
      () => {
        for (let i = 0; i < 500; i++) send(peer, sent++)
      },
      2000,
    )
    expect(peer.isClosed(), name).toBe(true)
    expect(await victim.endOf(peer), name).toMatch(reason ?? /flood|does not read/)
  } while (!isOver())
}

describe('a flood', () => {
  it.each(FLOODS)('of $name ends the connection and stops nobody else', async (script) => {
    const victim = await startVictim()
    const cost = watchCost()
    let isOver = false
    const honest = exchangeHonestly(victim).finally(() => (isOver = true))
    await Promise.all([attack(victim, script, () => isOver), honest])
    cost.expectLittle()
  })
})
