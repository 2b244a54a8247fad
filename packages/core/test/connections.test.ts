// How two sessions reach each other over real sockets: encryption by every pair of policies, TCP and uTP, IPv4 and IPv6.

import { describe, expect, it } from 'vitest'

import type { EncryptionPolicy, SessionEvent, SessionOptions } from '../src/index.ts'
import { fixture, startSession, temporaryFolder } from './support.ts'
import type { TestSession } from './support.ts'

const SOURCE = fixture({ lengths: [300_000], pieceLength: 32_768 })

type Connected = Extract<SessionEvent, { type: 'peer-connected' }>

interface Download {
  readonly near: TestSession
  readonly far: TestSession
  readonly isComplete: () => boolean
  /** How the downloading side was connected, in order. */
  readonly connections: () => Pick<Connected, 'transport' | 'isEncrypted' | 'direction'>[]
}

interface DownloadOptions {
  readonly isMagnet?: boolean
  readonly host?: string
  /** Policies of the torrents themselves. */
  readonly takes?: EncryptionPolicy
  readonly dials?: EncryptionPolicy
}

/** One session seeds, another downloads from it, a torrent file or a magnet link. */
async function download(
  seeding: Partial<SessionOptions>,
  downloading: Partial<SessionOptions>,
  { isMagnet = false, host = '127.0.0.1', takes, dials }: DownloadOptions = {},
): Promise<Download> {
  const far = await startSession({ hashWorkers: 1, ...seeding })
  const directory = temporaryFolder()
  await SOURCE.place(directory)
  // Until then it hangs up, as it does when it refuses a handshake.
  await (
    await far.session.add(SOURCE.torrent, { directory, check: 'skip', ...(takes && { encryption: takes }) })
  ).complete
  const near = await startSession({ hashWorkers: 1, ...downloading })
  const magnet = `magnet:?xt=urn:btih:${Buffer.from(SOURCE.metainfo.infoHash).toString('hex')}`
  const address = host.includes(':') ? `[${host}]:${far.port}` : `${host}:${far.port}`
  const torrent = await near.session.add(isMagnet ? magnet : SOURCE.torrent, {
    directory: temporaryFolder(),
    peers: [address],
    ...(dials && { encryption: dials }),
  })
  let isComplete = false
  torrent.complete.then(
    () => (isComplete = true),
    // The session ended first.
    () => {},
  )
  return {
    near,
    far,
    isComplete: () => isComplete,
    connections: () =>
      near.events.flatMap((event) => {
        if (event.type !== 'peer-connected') return []
        const { transport, isEncrypted, direction } = event
        return [{ transport, isEncrypted, direction }]
      }),
  }
}

async function complete(run: Download): Promise<ReturnType<Download['connections']>> {
  await expect.poll(run.isComplete).toBe(true)
  return run.connections()
}

const POLICIES = ['disabled', 'allowed', 'preferred', 'required'] as const

/** What carries the payload between a session that dials and one that is dialled; `none`: they do not meet. */
function expected(dials: EncryptionPolicy, takes: EncryptionPolicy): 'plain' | 'rc4' | 'none' {
  if (dials === 'disabled') return takes === 'required' ? 'none' : 'plain'
  if (takes === 'disabled') return dials === 'required' ? 'none' : 'plain'
  if (dials === 'required' || takes === 'required') return 'rc4'
  if (dials === 'allowed') return 'plain'
  // Who is dialled decides among what both would do.
  return takes === 'preferred' ? 'rc4' : 'plain'
}

const PAIRS = POLICIES.flatMap((dials) => POLICIES.map((takes) => ({ dials, takes, outcome: expected(dials, takes) })))

describe('encryption', () => {
  it.each(PAIRS.filter(({ outcome }) => outcome !== 'none'))(
    'of $dials that dials $takes: $outcome',
    async ({ dials, takes, outcome }) => {
      const [first] = await complete(await download({ encryption: takes }, { encryption: dials }))
      expect(first).toEqual({ transport: 'tcp', isEncrypted: outcome === 'rc4', direction: 'out' })
    },
  )

  it.each([
    ['required', 'required', true],
    ['allowed', 'required', true],
    ['preferred', 'disabled', false],
  ] as const)('of %s that dials %s for a magnet link: RC4 %s', async (dials, takes, isEncrypted) => {
    const run = await download({ encryption: takes }, { encryption: dials }, { isMagnet: true })
    expect((await complete(run))[0]).toEqual({ transport: 'tcp', isEncrypted, direction: 'out' })
  })

  it.each(PAIRS.filter(({ outcome }) => outcome === 'none'))(
    'of $dials that dials $takes lets nothing through',
    async ({ dials, takes }) => {
      // The seed must not dial back either: it does not know where, and is told nothing.
      const run = await download({ encryption: takes }, { encryption: dials })
      const tries = (): number => run.near.session.snapshot().torrents[0]!.knownPeers
      await expect.poll(tries).toBe(1)
      await new Promise((resolve) => setTimeout(resolve, 300))
      expect(run.connections()).toEqual([])
      expect(run.isComplete()).toBe(false)
    },
  )

  it.each(PAIRS.filter(({ outcome }) => outcome !== 'none'))(
    'of a torrent that says $dials, of a seed that says $takes, whatever their sessions say: $outcome',
    async ({ dials, takes, outcome }) => {
      const run = await download({ encryption: 'allowed' }, { encryption: 'disabled' }, { dials, takes })
      expect((await complete(run))[0]).toEqual({ transport: 'tcp', isEncrypted: outcome === 'rc4', direction: 'out' })
    },
  )

  it.each([
    ['disabled', 'required'],
    ['required', 'disabled'],
  ] as const)('of a torrent that says %s, of a seed that says %s, lets nothing through', async (dials, takes) => {
    const run = await download({ encryption: 'allowed' }, { encryption: 'allowed' }, { dials, takes })
    await expect.poll(() => run.near.session.snapshot().torrents[0]!.knownPeers).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(run.connections()).toEqual([])
  })

  it('is told of each peer', async () => {
    const limits = { downloadLimitBps: 20_000 }
    const run = await download({ encryption: 'required' }, { encryption: 'required', ...limits })
    const peers = (side: TestSession): object[] => [...side.session.snapshot().torrents[0]!.peers]
    await expect.poll(() => peers(run.near)).toMatchObject([{ transport: 'tcp', isEncrypted: true }])
    expect(peers(run.far)).toMatchObject([{ transport: 'tcp', isEncrypted: true }])
  })

  it('keeps several torrents on one port apart', async () => {
    const other = fixture({ lengths: [100_000], pieceLength: 16_384, seed: 5 })
    const far = await startSession({ encryption: 'required' })
    const near = await startSession({ encryption: 'required' })
    const sources = [SOURCE, other]
    for (const source of sources) {
      const directory = temporaryFolder()
      await source.place(directory)
      await far.session.add(source.torrent, { directory, check: 'skip' })
    }
    const peers = [`127.0.0.1:${far.port}`]
    const torrents = sources.map((source) => near.session.add(source.torrent, { directory: temporaryFolder(), peers }))
    for (const torrent of await Promise.all(torrents)) await torrent.complete
  })
})

describe('transports', () => {
  const UTP = { transports: { tcp: false } }
  const TCP = { transports: { utp: false } }

  it.each([
    ['uTP only, both', UTP, UTP, 'utp'],
    ['both with one that has uTP only', UTP, {}, 'utp'],
    ['uTP only with one that has both', {}, UTP, 'utp'],
    ['both, both', {}, {}, 'tcp'],
    ['both with one that has TCP only', TCP, {}, 'tcp'],
  ] as const)('%s: %4$s', async (_, takes, dials, transport) => {
    const [first] = await complete(await download(takes, dials))
    expect(first).toEqual({ transport, isEncrypted: false, direction: 'out' })
  })

  it('carry encrypted connections over uTP, for a magnet link too', async () => {
    const options = { ...UTP, encryption: 'required' } as const
    const [first] = await complete(await download(options, options, { isMagnet: true }))
    expect(first).toEqual({ transport: 'utp', isEncrypted: true, direction: 'out' })
  })

  it('do not meet when one has TCP only and the other uTP only', async () => {
    const run = await download(TCP, UTP)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(run.connections()).toEqual([])
  })

  it('are needed: one at least', async () => {
    const started = startSession({ transports: { tcp: false, utp: false } })
    await expect(started).rejects.toMatchObject({ code: 'SESSION_NO_TRANSPORT' })
  })

  it.each(['127.0.0.1', '::1'])('listen in both families on one port: %s', async (host) => {
    for (const transports of [TCP.transports, UTP.transports]) {
      const bind = { v4: '127.0.0.1', v6: '::1' }
      await complete(await download({ bind, transports }, { bind, transports }, { host }))
    }
  })
})
