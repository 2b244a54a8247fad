// Signed items among those who follow a key: pushed, passed on, never older, never forged.

import { parseEndpoint } from '@ccbt/address'
import { generateKeys, signItem } from '@ccbt/discovery'
import type { MutableItem } from '@ccbt/discovery'
import { describe, expect, it, onTestFinished } from 'vitest'

import type { Channel } from '../src/index.ts'
import { router } from './dht-router.ts'
import { startSession } from './support.ts'

const { publicKey, privateKey } = generateKeys()
const NO_SALT = new Uint8Array()
const SALT = Buffer.from('music')

function version(seq: number, salt: Uint8Array = SALT): MutableItem {
  return signItem({ privateKey, salt, seq, value: Buffer.from(`d1:ni${seq}ee`) })
}

interface Follower {
  readonly channel: Channel
  readonly heard: number[]
  readonly address: string
}

async function follower(peers: readonly string[], item?: MutableItem): Promise<Follower> {
  const { session, port } = await startSession()
  const heard: number[] = []
  const channel = await session.channel({
    publicKey,
    salt: SALT,
    peers: peers.map(parseEndpoint),
    ...(item === undefined ? {} : { item }),
    onItem: ({ seq }) => heard.push(seq),
  })
  onTestFinished(() => channel[Symbol.dispose]())
  return { channel, heard, address: `127.0.0.1:${port}` }
}

describe('a channel', () => {
  it('shows the newest item to who comes, pushes newer ones, and lets followers pass them on', async () => {
    const first = await follower([], version(1))
    const second = await follower([first.address])
    const third = await follower([second.address])
    await expect.poll(() => third.heard).toEqual([1])
    await first.channel.show(version(5))
    await expect.poll(() => third.heard).toEqual([1, 5])
    expect(second.heard).toEqual([1, 5])
    expect(first.heard).toEqual([])
  })

  it('never goes back, and tells the one who is behind', async () => {
    const old = await follower([], version(3))
    const ahead = await follower([old.address], version(7))
    await expect.poll(() => old.heard).toEqual([7])
    expect(await ahead.channel.show(version(6))).toBe(0)
    await old.channel.show(version(6))
    await old.channel.show(version(8))
    await expect.poll(() => ahead.heard).toEqual([8])
    expect(old.channel.newest?.seq).toBe(8)
  })

  it('leaves who sends what the owner has not signed, and takes nothing of it', async () => {
    const honest = await follower([], version(1))
    const forged = { ...version(9), value: Buffer.from('d1:ni8ee') }
    const liar = await follower([honest.address], forged)
    const witness = await follower([honest.address])
    await expect.poll(() => witness.heard).toEqual([1])
    await expect.poll(() => honest.channel.followers).toBe(1)
    expect(honest.heard).toEqual([])
    expect(liar.heard).toEqual([])
  })

  it('works over encrypted connections', async () => {
    const options = { encryption: 'required' } as const
    const owner = await startSession(options)
    using shown = await owner.session.channel({ publicKey, item: version(2, NO_SALT), onItem: () => {} })
    const heard: number[] = []
    const other = await startSession(options)
    const peers = [{ host: '127.0.0.1', port: owner.port }]
    using found = await other.session.channel({ publicKey, peers, onItem: ({ seq }) => heard.push(seq) })
    await expect.poll(() => heard).toEqual([2])
    expect([shown.followers, found.followers]).toEqual([1, 1])
  })

  it('does not talk to itself', async () => {
    const { session, port } = await startSession()
    const peers = [{ host: '127.0.0.1', port }]
    using channel = await session.channel({ publicKey, item: version(1, NO_SALT), peers, onItem: () => {} })
    const guest = await startSession()
    using other = await guest.session.channel({ publicKey, peers, onItem: () => {} })
    await expect.poll(() => other.newest?.seq).toBe(1)
    await expect.poll(() => channel.followers).toBe(1)
  })

  it('follows a key once in a session', async () => {
    const { session } = await startSession()
    using channel = await session.channel({ publicKey, onItem: () => {} })
    await expect(session.channel({ publicKey, onItem: () => {} })).rejects.toMatchObject({ code: 'CHANNEL_DUPLICATE' })
    expect(channel.newest).toBeUndefined()
    channel[Symbol.dispose]()
    using again = await session.channel({ publicKey, onItem: () => {} })
    expect(again.followers).toBe(0)
  })

  it('is kept in the DHT, where followers find the item and each other', async () => {
    const dht = { bootstrap: [await router()] }
    const owner = await startSession({ dht })
    using channel = await owner.session.channel({ publicKey, salt: SALT, onItem: () => {} })
    expect(await channel.show(version(1))).toBeGreaterThan(0)
    const heard: number[] = []
    const other = await startSession({ dht })
    using found = await other.session.channel({ publicKey, salt: SALT, onItem: ({ seq }) => heard.push(seq) })
    await expect.poll(() => heard).toEqual([1])
    await expect.poll(() => channel.followers).toBeGreaterThan(0)
    // Nobody asks the DHT again for a quarter of an hour: this one is pushed.
    await channel.show(version(2))
    await expect.poll(() => heard).toEqual([1, 2])
    expect(found.newest?.seq).toBe(2)
  })
})
