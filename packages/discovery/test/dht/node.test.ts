// What a node does with what strangers send: one hostile habit after the other.

import { describe, expect, it } from 'vitest'

import { readCompact } from '@ccbt/address'
import type { Endpoint } from '@ccbt/address'
import { asBytes, asInt, asList, encode } from '@ccbt/bencode'
import { VirtualClock } from '@ccbt/testkit'

import { idWithPrefix, writeNodes } from '../../src/dht/contact.ts'
import type { Contact } from '../../src/dht/contact.ts'
import { mutableTarget, signItem, targetOf } from '../../src/dht/items/item.ts'
import { itemToPut } from '../../src/dht/items/item-messages.ts'
import { generateKeys } from '../../src/dht/items/signature.ts'
import type { Values } from '../../src/dht/lookup.ts'
import { isIdRightFor, nodeIdFor, randomId } from '../../src/dht/node-id.ts'
import { MemoryNetwork, NEVER } from './memory-network.ts'
import type { Member } from './memory-network.ts'
import { Stranger } from './stranger.ts'

interface Scene {
  readonly clock: VirtualClock
  readonly network: MemoryNetwork
  readonly member: Member
  readonly stranger: Stranger
}

function scene(options: Parameters<MemoryNetwork['node']>[0] = {}): Scene {
  const clock = new VirtualClock()
  const network = new MemoryNetwork(clock)
  return { clock, network, member: network.node(options), stranger: new Stranger(network) }
}

/** Puts `count` nodes that answer into the table. */
async function fill({ clock, network, member }: Scene, count: number): Promise<Stranger[]> {
  const nodes = Array.from({ length: count }, () => new Stranger(network))
  for (const node of nodes) node.answerTo = () => ({})
  await clock.until(Promise.all(nodes.map(({ at }) => member.node.ping(at))))
  return nodes
}

const infoHash = new Uint8Array(20).fill(0x11)

describe('a node answers', () => {
  it('pings, and tells where it saw the question come from (BEP 42)', async () => {
    const { clock, member, stranger } = scene()
    stranger.ask(member.at, 'ping', {})
    await clock.advance(500)
    expect(stranger.answer?.id).toEqual(member.node.ownId)
    expect(readCompact(stranger.answer!.ip!, 'ipv4')).toEqual([stranger.at])
  })

  it('find_node with the nodes closest to the target', async () => {
    const all = scene()
    await fill(all, 30)
    all.stranger.ask(all.member.at, 'find_node', { target: infoHash })
    await all.clock.advance(500)
    const closest = all.member.node.table.closest(infoHash, 6)
    expect(asBytes(all.stranger.answer?.values.get('nodes'))).toEqual(writeNodes(closest))
  })

  it('methods nobody has heard of like find_node when they name a target, otherwise with 204', async () => {
    const all = scene()
    await fill(all, 3)
    all.stranger.ask(all.member.at, 'find_everything', { target: infoHash })
    await all.clock.advance(500)
    expect(asBytes(all.stranger.answer?.values.get('nodes'))).toHaveLength(3 * 26)
    all.stranger.ask(all.member.at, 'vote', {})
    await all.clock.advance(500)
    expect(all.stranger.refusal?.code).toBe(204)
  })

  it('get_peers with the peers that were announced, by whoever had a token', async () => {
    const { clock, member, stranger, network } = scene()
    stranger.ask(member.at, 'get_peers', { info_hash: infoHash })
    await clock.advance(500)
    stranger.ask(member.at, 'announce_peer', { info_hash: infoHash, port: 4242, token: stranger.token })
    await clock.advance(500)
    const other = new Stranger(network)
    other.ask(member.at, 'get_peers', { info_hash: infoHash })
    await clock.advance(500)
    const values = asList(other.answer?.values.get('values'))
    expect(readCompact(asBytes(values?.[0])!, 'ipv4')).toEqual([{ host: stranger.at.host, port: 4242 }])
  })

  it('sample_infohashes (BEP 51)', async () => {
    const { clock, member, stranger } = scene()
    for (let i = 0; i < 40; i++) member.node.responder.peers.add(infoHash.with(0, i), { host: '1.2.3.4', port: 1 })
    stranger.ask(member.at, 'sample_infohashes', { target: infoHash })
    await clock.advance(500)
    const { values } = stranger.answer!
    expect(asInt(values.get('num'))).toBe(40)
    const samples = asBytes(values.get('samples'))!
    expect(samples.length).toBeGreaterThan(0)
    expect(samples.length % 20).toBe(0)
    expect(asInt(values.get('interval'))).toBeGreaterThan(0)
  })

  it('nothing when it is read-only, and says so in its questions (BEP 43)', async () => {
    const { clock, member, stranger } = scene({ isReadOnly: true })
    stranger.ask(member.at, 'ping', {})
    await clock.advance(500)
    expect(stranger.received).toEqual([])
    await clock.until(member.node.ping(stranger.at))
    expect(stranger.questions[0]?.isReadOnly).toBe(true)
  })

  it('questions of read-only nodes without ever asking them', async () => {
    const { clock, member, stranger } = scene()
    stranger.send(member.at, encode({ a: { id: stranger.id }, q: 'ping', ro: 1, t: 'aa', y: 'q' }))
    await clock.advance(500)
    expect(stranger.answer?.id).toEqual(member.node.ownId)
    expect(stranger.questions).toEqual([])
  })
})

describe('a node drops', () => {
  const long = encode({ a: { id: infoHash, pad: new Uint8Array(65_000) }, q: 'ping', t: 'aa', y: 'q' })
  it.each([
    ['65 kB', long],
    ['something else than a dictionary', encode(['ping'])],
    ['no transaction', encode({ a: { id: infoHash }, q: 'ping', y: 'q' })],
    ['a transaction of 1 kB', encode({ a: { id: infoHash }, q: 'ping', t: new Uint8Array(1024), y: 'q' })],
    ['an id of 19 bytes', encode({ a: { id: infoHash.subarray(1) }, q: 'ping', t: 'aa', y: 'q' })],
    ['no id', encode({ a: {}, q: 'ping', t: 'aa', y: 'q' })],
    ['no kind', encode({ a: { id: infoHash }, q: 'ping', t: 'aa' })],
    ['a depth of 100', new TextEncoder().encode(`d1:a${'l'.repeat(100)}${'e'.repeat(100)}e`)],
    ['nothing', new Uint8Array()],
  ])('a datagram of %s', async (_, bytes) => {
    const { clock, member, stranger } = scene()
    stranger.send(member.at, bytes)
    await clock.advance(500)
    expect(stranger.received).toEqual([])
    expect(member.node.counters.dropped.invalid).toBe(1)
  })

  it('an answer from another address than was asked, or to no question', async () => {
    const { clock, network, member, stranger } = scene()
    const spoofer = new Stranger(network)
    stranger.answerTo = (query) => {
      const answer = encode({ r: { id: spoofer.id }, t: query.transaction, y: 'r' })
      spoofer.send(member.at, answer)
      return undefined
    }
    spoofer.send(member.at, encode({ r: { id: spoofer.id }, t: new Uint8Array(4), y: 'r' }))
    expect(await clock.until(member.node.ping(stranger.at))).toBe(false)
    expect(member.node.counters.dropped['unknown transaction']).toBe(2)
    expect(member.node.table.size).toBe(0)
  })

  it('datagrams from addresses that cannot be reached', async () => {
    const { clock, network, member } = scene()
    for (const host of ['10.0.0.1', '127.0.0.1', '224.0.0.1', '0.0.0.0']) {
      new Stranger(network, { host, port: 5 }).ask(member.at, 'ping', {})
    }
    await clock.advance(500)
    expect(member.node.counters.dropped['bad address']).toBe(4)
  })
})

describe('a node is no amplifier', () => {
  async function ratio(all: Scene, method: string, values: Record<string, Uint8Array>): Promise<number> {
    const question = all.stranger.ask(all.member.at, method, values)
    await all.clock.advance(500)
    const answers = all.stranger.received.filter((bytes) => bytes.at(-2) === 'r'.charCodeAt(0))
    return answers.at(-1)!.length / question.length
  }

  it.each([
    ['get_peers', { info_hash: infoHash }],
    ['find_node', { target: infoHash }],
    ['sample_infohashes', { target: infoHash }],
    ['get', { target: infoHash }],
  ] as const)('answers %s of a stranger with three times its bytes at most', async (method, values) => {
    const all = scene()
    await fill(all, 30)
    for (let i = 0; i < 200; i++) all.member.node.responder.peers.add(infoHash, { host: `9.9.9.${i}`, port: 1 })
    expect(await ratio(all, method, values)).toBeLessThanOrEqual(3)
  })

  it('gives all that fits once the stranger has answered a question itself', async () => {
    const all = scene()
    await fill(all, 30)
    for (let i = 0; i < 200; i++) all.member.node.responder.peers.add(infoHash, { host: `9.9.9.${i}`, port: 1 })
    all.stranger.answerTo = () => ({})
    await all.clock.until(all.member.node.ping(all.stranger.at))
    expect(await ratio(all, 'get_peers', { info_hash: infoHash })).toBeGreaterThan(8)
    expect(asList(all.stranger.answer?.values.get('values'))).toHaveLength(100)
    expect(asBytes(all.stranger.answer?.values.get('nodes'))).toHaveLength(8 * 26)
    expect(all.stranger.received.at(-1)!.length).toBeLessThanOrEqual(1400)
  })

  it('does not hear for five minutes whoever sends 50 messages in ten seconds', async () => {
    const { clock, network, member, stranger } = scene()
    for (let i = 0; i < 200; i++) stranger.ask(member.at, 'ping', {})
    await clock.advance(500)
    expect(member.node.counters.sent.answer).toBe(50)
    const other = new Stranger(network)
    other.ask(member.at, 'ping', {})
    await clock.advance(500)
    expect(other.answer).toBeDefined()
    await clock.advance(4 * 60_000)
    stranger.ask(member.at, 'ping', {})
    await clock.advance(60_000)
    expect(member.node.counters.sent.answer).toBe(51)
    stranger.ask(member.at, 'ping', {})
    await clock.advance(500)
    expect(member.node.counters.sent.answer).toBe(52)
  })

  it('spends no more on answers than its budget, however many ask', async () => {
    const { clock, network, member } = scene({ replyBps: 8192 })
    for (let second = 0; second < 20; second++) {
      for (let i = 0; i < 400; i++) new Stranger(network).ask(member.at, 'find_node', { target: infoHash })
      await clock.advance(1000)
    }
    const { sentBytes, sent, dropped } = member.node.counters
    expect(dropped['reply budget']).toBeGreaterThan(0)
    expect(sent.answer).toBeGreaterThan(0)
    // The pings of strangers that may be worth a place in the table are bounded by themselves.
    expect(sentBytes - sent.ping * 60).toBeLessThan((20 + 4) * 8192)
  })
})

describe('announce_peer is refused with 203', () => {
  async function tokenOf({ clock, member, stranger }: Scene): Promise<Uint8Array> {
    stranger.ask(member.at, 'get_peers', { info_hash: infoHash })
    await clock.advance(500)
    return stranger.token
  }
  const announce = { info_hash: infoHash, port: 1000 }

  it('with a token that is made up, of another address, of another torrent, or too old', async () => {
    const all = scene()
    const { clock, network, member, stranger } = all
    const token = await tokenOf(all)
    const thief = new Stranger(network)
    thief.ask(member.at, 'announce_peer', { ...announce, token })
    stranger.ask(member.at, 'announce_peer', { ...announce, token: token.with(0, token[0]! ^ 1) })
    stranger.ask(member.at, 'announce_peer', { ...announce, info_hash: infoHash.with(0, 0), token })
    stranger.ask(member.at, 'announce_peer', { ...announce, token: '' })
    await clock.advance(15 * 60_000)
    stranger.ask(member.at, 'announce_peer', { ...announce, token })
    await clock.advance(500)
    expect(member.node.counters.sent.refusal).toBe(5)
    expect([thief.refusal?.code, stranger.refusal?.code]).toEqual([203, 203])
    expect(member.node.responder.peers.torrents).toBe(0)
  })

  it('without a port; with implied_port that of the datagram counts', async () => {
    const all = scene()
    const { clock, member, stranger } = all
    const token = await tokenOf(all)
    for (const port of [0, -1, 65_536]) stranger.ask(member.at, 'announce_peer', { info_hash: infoHash, port, token })
    await clock.advance(500)
    expect(member.node.counters.sent.refusal).toBe(3)
    stranger.ask(member.at, 'announce_peer', { info_hash: infoHash, port: 0, implied_port: 1, token })
    await clock.advance(500)
    expect(readCompact(member.node.responder.peers.sample(infoHash, 9)[0]!, 'ipv4')).toEqual([stranger.at])
  })
})

describe('put is refused', () => {
  const { privateKey } = generateKeys()
  const item = signItem({ privateKey, seq: 5, value: encode('five'), salt: Uint8Array.of(1) })

  /** The code of the refusal of a put with a right token, 0 without one. */
  async function put(all: Scene, target: Uint8Array, values: Values): Promise<number> {
    const { clock, member, stranger } = all
    stranger.received.length = 0
    stranger.ask(member.at, 'get', { target })
    await clock.advance(500)
    stranger.ask(member.at, 'put', { token: stranger.token, ...values })
    await clock.advance(3000)
    return stranger.refusal?.code ?? 0
  }

  it('with the codes of BEP 44', async () => {
    const all = scene()
    const target = targetOf(item)
    const values = itemToPut(item)
    expect(await put(all, target, values)).toBe(0)
    expect(await put(all, target, { ...values, token: 'wrong' })).toBe(203)
    expect(await put(all, target, { ...values, sig: item.signature.with(0, item.signature[0]! ^ 1) })).toBe(206)
    expect(await put(all, target, { ...values, cas: 4 })).toBe(301)
    const old = signItem({ privateKey, seq: 4, value: encode('four'), salt: Uint8Array.of(1) })
    expect(await put(all, target, itemToPut(old))).toBe(302)
    expect(all.member.node.responder.items.get(target)).toEqual(item)
  })

  it('when value or salt are too long', async () => {
    const all = scene()
    const value = encode('x'.repeat(1001))
    expect(await put(all, targetOf({ kind: 'immutable', value }), { v: 'x'.repeat(1001) })).toBe(205)
    const salt = new Uint8Array(65)
    const target = mutableTarget(item.publicKey, salt)
    expect(await put(all, target, { ...itemToPut(item), salt })).toBe(207)
    expect(all.member.node.responder.items.size).toBe(0)
  })
})

describe('a lookup', () => {
  /** An answer that names these nodes. */
  function naming(contacts: Contact[]): () => { nodes: Uint8Array } {
    return () => ({ nodes: writeNodes(contacts) })
  }

  function find({ clock, member }: Scene, target = infoHash): ReturnType<Member['node']['find']> {
    const plan = { target, method: 'get_peers', arguments: { info_hash: target } }
    return clock.until(member.node.find(plan, NEVER))
  }

  function contacts({ network }: Scene, count: number, at: (i: number) => Endpoint): Contact[] {
    return Array.from({ length: count }, (_, i) => ({ id: idWithPrefix(infoHash, 30, network.random), ...at(i) }))
  }

  it('looks at eight nodes of an answer and never at itself or at local addresses', async () => {
    const all = scene()
    const [liar] = await fill(all, 1)
    const named = new Set<string>()
    const made = contacts(all, 280, () => all.network.nextEndpoint())
    for (const { host } of made) all.network.attach({ host, port: 6881 }, () => named.add(host))
    const bad = ['10.1.2.3', '127.0.0.1', '0.0.0.0', '255.255.255.255', '192.168.1.1'].map((host) => ({
      id: idWithPrefix(infoHash, 100, all.network.random),
      host,
      port: 6881,
    }))
    const nodes = [{ id: all.member.node.ownId, ...all.network.nextEndpoint() }, ...bad, ...made]
    liar!.answerTo = naming(nodes)
    await find(all)
    expect(named.size).toBe(2)
    for (const { host } of bad) expect(all.member.node.table.contacts().some((node) => node.host === host)).toBe(false)
  })

  it('asks a victim that everybody names once a minute at most, however many lookups there are', async () => {
    const all = scene()
    const liars = await fill(all, 8)
    const victim = new Stranger(all.network)
    for (const liar of liars) {
      const many = contacts(all, 8, () => victim.at)
      liar.answerTo = naming(many)
    }
    const plan = { target: infoHash, method: 'get_peers', arguments: { info_hash: infoHash } }
    await all.clock.until(Promise.all(Array.from({ length: 50 }, () => all.member.node.find(plan, NEVER))))
    expect(victim.questions).toHaveLength(1)
    await all.clock.advance(60_000)
    await find(all)
    expect(victim.questions).toHaveLength(2)
  })

  it('asks two nodes of a /24 at most', async () => {
    const all = scene()
    const [liar] = await fill(all, 1)
    const asked = new Set<string>()
    const sybils = contacts(all, 8, (i) => ({ host: `200.1.1.${i + 1}`, port: 6881 }))
    for (const sybil of sybils) all.network.attach(sybil, () => asked.add(sybil.host))
    liar!.answerTo = naming(sybils)
    await find(all)
    expect(asked.size).toBe(2)
  })

  it('does not count a node that answers by another id', async () => {
    const all = scene()
    const [honest, liar] = await fill(all, 2)
    liar!.answerTo = () => ({ id: randomId(all.network.random), token: 'x' })
    honest!.answerTo = () => ({ token: 'x' })
    const { closest } = await find(all)
    expect(closest.map(({ contact }) => contact.host)).toEqual([honest!.at.host])
  })

  it('ends without nodes, and is ended by its signal', async () => {
    const all = scene()
    expect(await find(all)).toMatchObject({ asked: 0, closest: [] })
    const [silent] = await fill(all, 1)
    silent!.answerTo = () => undefined
    const abort = new AbortController()
    const plan = { target: infoHash, method: 'get_peers', arguments: { info_hash: infoHash } }
    const ended = all.member.node.find(plan, abort.signal)
    abort.abort()
    await expect(ended).rejects.toMatchObject({ code: 'ABORTED' })
    await all.clock.advance(10_000)
    expect(all.clock.pendingTimers).toBe(0)
  })
})

describe("a node's own address (BEP 42)", () => {
  it('is what most others see, and decides its id', async () => {
    const all = scene({ id: new Uint8Array(20) })
    const { clock, network, member } = all
    const liars = Array.from({ length: 4 }, () => new Stranger(network))
    for (const liar of liars) {
      network.attach(liar.at, (bytes, from) => {
        const t = bytes.subarray(bytes.length - 11, bytes.length - 7)
        const ip = Uint8Array.of(8, 8, 8, 8, 0, 1)
        network.send(encode({ ip, r: { id: liar.id }, t, y: 'r' }), liar.at, from)
      })
    }
    await clock.until(Promise.all(liars.map(({ at }) => member.node.ping(at))))
    expect(member.node.externalIp).toBeUndefined()
    await fill(all, 12)
    expect(member.node.externalIp).toBe(member.at.host)
    expect(isIdRightFor(member.node.ownId, member.at.host)).toBe(true)
    expect(member.node.table.size).toBeGreaterThan(8)
  })

  it('leaves an id alone that it may have', async () => {
    const all = scene()
    const before = all.member.node.ownId
    await fill(all, 12)
    expect(all.member.node.externalIp).toBe(all.member.at.host)
    expect(all.member.node.ownId).toEqual(before)
    expect(nodeIdFor(all.member.at.host, all.network.random)).not.toEqual(before)
  })
})
