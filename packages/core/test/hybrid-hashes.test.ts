// A hybrid torrent has two hashes: it is announced by both, and a peer that does not know one is greeted by the other.

import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:net'

import { swarmHashes } from '@ccbt/metainfo'
import { toHex } from '@ccbt/primitives'
import { expect, it, onTestFinished } from 'vitest'

import { listen, startSession, temporaryFolder } from './support.ts'
import { v2Fixture } from './v2-support.ts'

const KIB = 1024

it('is announced by both hashes', async () => {
  const heard = new Set<string>()
  const tracker = createHttpServer((request, response) => {
    const [, encoded = ''] = /info_hash=([^&]*)/.exec(request.url ?? '') ?? []
    // Every byte is itself or a percent and two digits: not UTF-8.
    const bytes = encoded.replaceAll(/%(..)|(.)/g, (_, hex: string | undefined, text: string | undefined) =>
      hex === undefined ? toHex(Buffer.from(text ?? '')) : hex.toLowerCase(),
    )
    heard.add(bytes)
    response.end('d8:intervali1800e5:peers0:e')
  })
  onTestFinished(() => void tracker.close())
  const announce = `http://${await listen(tracker)}/announce`
  const source = v2Fixture({ kind: 'hybrid', lengths: [100_000], pieceLength: 64 * KIB, trackers: [[announce]] })
  const { session } = await startSession()
  await session.add(source.torrent, { directory: temporaryFolder() })
  const hashes = swarmHashes(source.metainfo).map(toHex)
  expect(hashes).toHaveLength(2)
  await expect.poll(() => [...heard].sort()).toEqual(hashes.toSorted())
})

it('greets a peer that hangs up on one hash by the other one', async () => {
  const source = v2Fixture({ kind: 'hybrid', lengths: [100_000], pieceLength: 64 * KIB })
  const [first, second] = swarmHashes(source.metainfo).map(toHex)
  const asked: string[] = []
  const peer = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', (data) => {
      const infoHash = toHex(data.subarray(28, 48))
      asked.push(infoHash)
      if (infoHash === first) socket.destroy()
      else socket.write(Buffer.concat([data.subarray(0, 48), Buffer.from('-ZZ0001-000000000001')]))
    })
    onTestFinished(() => void socket.destroy())
  })
  onTestFinished(() => void peer.close())
  const { session, events } = await startSession({ encryption: 'disabled', transports: { tcp: true, utp: false } })
  await session.add(source.torrent, { directory: temporaryFolder(), peers: [await listen(peer)] })
  await expect.poll(() => events.some(({ type }) => type === 'peer-connected')).toBe(true)
  expect(asked[0]).toBe(first)
  expect(asked.at(-1)).toBe(second)
})
