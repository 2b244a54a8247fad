// With `--bind` every packet leaves from that address: to peers, to trackers and web seeds over HTTP, to trackers and
// the DHT over UDP and to the local network. When the address is gone, nothing leaves at all, and never from another.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openArena, TRANSFER_MS } from './arena.ts'
import { ccbt, ccbtCommand } from './drivers/ccbt.ts'
import { waitFor } from './drivers/child.ts'
import type { Child } from './drivers/child.ts'
import { Flows, flowsMissing, LAN_ADDRESSES, LAN_INTERFACE } from './drivers/flows.ts'
import { bencode } from './torrent-file.ts'

/** Longer than the first pauses before a peer, a tracker or the DHT is tried again. */
const WATCH_MS = 8000
const arena = await openArena()
const { single } = arena.fixture
const reason = flowsMissing(arena.network)
const [OTHER, BOUND] = LAN_ADDRESSES

interface Run {
  readonly child: Child
  /** `address port protocol` of everything that it is to reach. */
  readonly targets: readonly string[]
}

/** Starts a download that has somebody of every kind to speak to, and no time to end. */
async function start(watch: Flows, bind: readonly string[] = ['--bind', BOUND]): Promise<Run> {
  const { client } = await arena.seed(ccbt, single)
  const [http, udp, web, dht] = [arena.nextHost(), arena.nextHost(), arena.nextHost(), arena.nextHost()]
  const dir = arena.folder('download')
  mkdirSync(dir)
  const file = join(dir, 'job.torrent')
  // Nobody listens at these: the second tier is asked as soon as the first has refused.
  const tiers = bencode({ 'announce-list': [[`http://${http}:6969/announce`], [`udp://${udp}:6969/announce`]] })
  writeFileSync(file, Buffer.concat([tiers.subarray(0, -1), single.encode([]).subarray(1)]))
  const where = ['--output', join(dir, 'data'), '--state-dir', join(dir, 'state'), ...bind]
  const whom = ['--lsd', '--dht-bootstrap', `${dht}:6881`, '--webseed', `http://${web}:8080/`, '--peer', client.address]
  const add = ccbtCommand('add', file, ...where, ...whom, '--json', '--download-limit', '500k')
  await watch.forget()
  const child = watch.run([
    'env',
    '-u',
    'CCBT_DHT__ENABLED',
    '-u',
    'CCBT_LSD__ENABLED',
    '-u',
    'CCBT_PORT_MAPPING__ENABLED',
    ...add,
  ])
  arena.use({ [Symbol.asyncDispose]: () => child.stop() })
  const peer = client.address.replace(':', ' ')
  const tcp = [peer, `${http} 6969`, `${web} 8080`].map((target) => `${target} tcp`)
  return { child, targets: [...tcp, `${udp} 6969 udp`, `${dht} 6881 udp`, '239.192.152.143 6771 udp'] }
}

/** Waits until it has sent to all of its targets. */
async function reached(watch: Flows, { child, targets }: Run): Promise<void> {
  let missing = targets
  await waitFor('all are reached', TRANSFER_MS / 3, async () => {
    const seen = new Set((await watch.list()).map(({ to, port, protocol }) => `${to} ${port} ${protocol}`))
    missing = targets.filter((target) => !seen.has(target))
    return missing.length === 0
  }).catch((error: unknown) => {
    throw new Error(`never reached: ${missing.join(', ')}\n${child.log()}`, { cause: error })
  })
}

describe.skipIf(reason !== undefined)(reason ? `packets (skipped: ${reason})` : 'packets', () => {
  let watch: Flows

  beforeAll(async () => {
    watch = await Flows.open(arena.network, arena.fixture.root)
  })
  afterEach(() => arena.clear())

  it('leave from the bound address only', async () => {
    const run = await start(watch)
    await reached(watch, run)
    expect((await watch.list()).filter(({ from }) => from !== BOUND)).toEqual([])
  })

  it('leave from the interface only', async () => {
    await watch.removeAddress(OTHER)
    try {
      const run = await start(watch, ['--interface', LAN_INTERFACE])
      await reached(watch, run)
      expect((await watch.list()).filter(({ from }) => from !== BOUND)).toEqual([])
    } finally {
      await watch.addAddress(OTHER)
    }
  })

  it('do not leave when there is no such interface', async () => {
    const run = await start(watch, ['--interface', 'tun9'])
    expect(await run.child.exit).toBe(64)
    expect(run.child.log()).toMatch(/no network interface 'tun9'/)
    expect(await watch.list()).toEqual([])
  })

  it('do not leave when the address is gone', async () => {
    const run = await start(watch)
    await reached(watch, run)
    await watch.removeAddress(BOUND)
    try {
      await watch.forget()
      await sleep(WATCH_MS)
      await waitFor('a new attempt', TRANSFER_MS / 3, () => run.child.log().includes('EADDRNOTAVAIL'))
      expect(await watch.list()).toEqual([])
      expect(run.child.ended(), run.child.log()).toBeUndefined()
    } finally {
      await watch.addAddress(BOUND)
    }
  })

  it('would be seen from another address', async () => {
    const probe = `const socket = require('node:dgram').createSocket('udp4')
      socket.bind(0, '${OTHER}', () => socket.send('x', 9, '${BOUND}', () => socket.close()))`
    await watch.forget()
    await watch.run([process.execPath, '--eval', probe]).exit
    expect(await watch.list()).toEqual([{ from: OTHER, to: BOUND, protocol: 'udp', port: 9 }])
  })
})

afterAll(() => arena[Symbol.asyncDispose]())
