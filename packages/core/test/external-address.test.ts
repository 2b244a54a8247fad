// Which address a session believes to have.

import { createServer } from 'node:http'

import { ipToBytes } from '@ccbt/address'
import { encodeExtensionHandshake } from '@ccbt/wire-protocol'
import { describe, expect, it, onTestFinished } from 'vitest'

import type { TestSession } from './support.ts'
import { connectPeer, fixture, listen, startSession, temporaryFolder } from './support.ts'
import { movedSockets } from './moved-sockets.ts'

const OURS = '198.51.100.7'
const OTHER = '198.51.100.8'
const EXTENDED = { fast: true, extended: true }

/** A session whose n-th peer is in a network of its own, or all in one. */
async function start(trackers: string[] = [], networkOf = (n: number): number => n): Promise<TestSession> {
  const source = fixture({ lengths: [65_536], pieceLength: 32_768, trackers: [trackers] })
  const started = await startSession({}, { sockets: movedSockets((n) => `203.0.${networkOf(n)}.${n + 1}`) })
  const torrent = await started.session.add(source.torrent, { directory: temporaryFolder() })
  await expect.poll(() => torrent.snapshot().phase).toBe('downloading')
  return started
}

/** A peer that sees us at `ip`. */
async function tell({ port }: TestSession, ip: string): Promise<void> {
  const peer = await connectPeer(port, fixture({ lengths: [65_536], pieceLength: 32_768 }), EXTENDED)
  await expect.poll(() => peer.heard.length).toBeGreaterThan(0)
  peer.wire.extended(0, encodeExtensionHandshake({ m: new Map(), yourip: ipToBytes(ip)! }))
  peer.flush()
}

/** A tracker that sees us at `ip`. */
async function tracker(ip: string): Promise<string> {
  const server = createServer((_, response) => {
    const parts = ['d11:external ip4:', ipToBytes(ip)!, '8:intervali1800e5:peers0:e']
    response.end(Buffer.concat(parts.map((part) => Buffer.from(part))))
  })
  onTestFinished(() => void server.close())
  return `http://${await listen(server)}/announce`
}

describe('the external address of a session', () => {
  it('is what two peers say, in either family', async () => {
    const started = await start()
    await tell(started, OURS)
    await tell(started, '2001:db8::7')
    expect(started.session.snapshot().externalIps).toEqual({})
    await tell(started, OURS)
    await expect.poll(() => started.session.snapshot().externalIps).toEqual({ v4: OURS })
    await tell(started, '2001:db8::7')
    await expect.poll(() => started.session.snapshot().externalIps).toEqual({ v4: OURS, v6: '2001:db8::7' })
  })

  it('is not what many peers in one network say', async () => {
    const started = await start([], () => 1)
    for (let n = 0; n < 8; n++) await tell(started, OTHER)
    expect(started.session.snapshot().externalIps).toEqual({})
  })

  it('is what a tracker says when a peer agrees', async () => {
    const started = await start([await tracker(OURS)])
    const working = (): number => started.events.filter(({ type }) => type === 'tracker-working').length
    await expect.poll(working).toBeGreaterThan(0)
    expect(started.session.snapshot().externalIps).toEqual({})
    await tell(started, OURS)
    await expect.poll(() => started.session.snapshot().externalIps).toEqual({ v4: OURS })
  })
})
