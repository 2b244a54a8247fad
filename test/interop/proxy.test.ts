// Through microsocks, Dante and Tinyproxy: a download is right, and every packet goes to the proxy, to whatever kind of other side
// it is meant to get. When the proxy is gone or says nothing, no packet leaves to anybody else, and no name is looked up.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openArena, TRANSFER_MS } from './arena.ts'
import { ccbt, ccbtCommand } from './drivers/ccbt.ts'
import { waitFor } from './drivers/child.ts'
import type { Child } from './drivers/child.ts'
import { Flows, flowsMissing } from './drivers/flows.ts'
import { libtorrent } from './drivers/libtorrent.ts'
import { CREDENTIALS, dante, microsocks, tinyproxy } from './drivers/proxies.ts'
import type { ProxyDriver, RunningProxy } from './drivers/proxies.ts'
import { startCcbtTracker } from './drivers/trackers.ts'
import { differences } from './fixture.ts'
import { bencode } from './torrent-file.ts'

/** Longer than the first pauses before a peer, a tracker or a web seed is tried again. */
const WATCH_MS = 6000
const PORT = 1080
const LOGIN = `${CREDENTIALS.user}:${CREDENTIALS.password}`
const arena = await openArena()
const { single } = arena.fixture
const reason = flowsMissing(arena.network)
/** Names that nobody has: Dante answers nobody else while it looks one up, so only proxies that hang are given them. */
const NAMES = {
  tiers: ['http://tracker.invalid:6969/announce', 'udp://tracker.invalid:6969/announce'],
  arguments: '--peer peer.invalid:6881 --webseed http://web.invalid:8080/ --dht-bootstrap node.invalid:6881'.split(' '),
}
const seeder = arena.reasonToSkip(libtorrent) === undefined ? libtorrent : ccbt

async function startProxy(driver: ProxyDriver, asksForPassword = false): Promise<RunningProxy & { host: string }> {
  const host = arena.nextHost()
  const place = { host, port: PORT, work: arena.folder('proxy'), asksForPassword }
  const proxy = arena.use(await driver.start(arena.network, place))
  return { ...proxy, host }
}

interface Job {
  /** Announce addresses, a tier each. */
  readonly tiers?: readonly string[]
  readonly arguments: readonly string[]
}

interface Run {
  readonly child: Child
  readonly data: string
  readonly events: { readonly event: string; readonly [key: string]: unknown }[]
}

/** `ccbt add` of the one torrent; with the DHT and everything else switched on. */
function add(job: Job, run: (command: readonly string[], onLine: (line: string) => void) => Child): Run {
  const dir = arena.folder('download')
  mkdirSync(dir, { recursive: true })
  const file = join(dir, 'job.torrent')
  const tiers = bencode({ 'announce-list': (job.tiers ?? []).map((url) => [url]) })
  writeFileSync(file, Buffer.concat([tiers.subarray(0, -1), single.encode([]).subarray(1)]))
  const data = join(dir, 'data')
  const where = ['--output', data, '--state-dir', join(dir, 'state'), '--json']
  const command = ccbtCommand('add', file, ...where, ...job.arguments)
  const events: Run['events'] = []
  const unset = ['CCBT_DHT__ENABLED', 'CCBT_LSD__ENABLED', 'CCBT_PORT_MAPPING__ENABLED'].flatMap((name) => ['-u', name])
  const child = run(['env', ...unset, ...command], (line) => events.push(JSON.parse(line)))
  arena.use({ [Symbol.asyncDispose]: () => child.stop() })
  return { child, data, events }
}

const proxies = [microsocks, dante, tinyproxy].flatMap((driver) =>
  [false, true].map((asks) => {
    const missing = driver.missing(asks) ?? arena.network.onlyLoopback
    const name = `${driver.name}${asks ? ' with a password' : ''}${missing === undefined ? '' : ` (skipped: ${missing})`}`
    return { name, driver, asks, missing }
  }),
)

describe.each(proxies)('$name', ({ driver, asks, missing }) => {
  afterEach(() => arena.clear())

  it.skipIf(missing !== undefined)('carries a download that is right to the last byte', async () => {
    const { client } = await arena.seed(seeder, single)
    const proxy = await startProxy(driver, asks)
    const job = { arguments: ['--no-dht', '--no-seed', '--peer', client.address, '--proxy', proxy.url] }
    const { child, data } = add(job, (command, onLine) => arena.network.run(command, { onLine }))
    await waitFor('the download ends', TRANSFER_MS, () => child.ended() !== undefined)
    expect(child.ended(), child.log()).toBe(0)
    expect(differences(arena.fixture, single, data)).toEqual([])
    expect(child.log()).not.toContain(CREDENTIALS.password)
  })
})

const noDante = reason ?? dante.missing(false)

describe.skipIf(noDante !== undefined)(`packets${noDante === undefined ? '' : ` (skipped: ${noDante})`}`, () => {
  let watch: Flows

  beforeAll(async () => {
    watch = await Flows.open(arena.network, arena.fixture.root)
  })
  afterEach(() => arena.clear())

  /** A download that has somebody of every kind to speak to, and no time to end. */
  async function start(proxyUrl: string, peer: string, more: Job): Promise<Run> {
    const [http, udp, web, dht] = [arena.nextHost(), arena.nextHost(), arena.nextHost(), arena.nextHost()]
    const whom = ['--lsd', '--peer', peer, '--dht-bootstrap', `${dht}:6881`, '--webseed', `http://${web}:8080/`]
    const how = ['--proxy', proxyUrl, '--download-limit', '500k']
    const tiers = [...(more.tiers ?? []), `http://${http}:6969/announce`, `udp://${udp}:6969/announce`]
    await watch.forget()
    const job = { tiers, arguments: [...whom, ...how, ...more.arguments] }
    return add(job, (command, onLine) => watch.run(command, { onLine }))
  }

  async function others(host: string): Promise<string[]> {
    const flows = await watch.list()
    expect(flows.filter(({ to }) => to === host).length, 'nothing was tried').toBeGreaterThan(0)
    return flows.filter(({ to }) => to !== host).map(({ to, port, protocol }) => `${to} ${port} ${protocol}`)
  }

  it('all go to the proxy, and to nobody when it is gone', async () => {
    const { client } = await arena.seed(seeder, single)
    const proxy = await startProxy(dante)
    const place = { host: arena.nextHost(), port: 6969, work: arena.folder('tracker') }
    const tracker = arena.use(await startCcbtTracker(arena.network, place))
    const run = await start(proxy.url, client.address, { tiers: [tracker.httpUrl, tracker.udpUrl], arguments: [] })
    const worked = (url: string): boolean =>
      run.events.some((event) => event.event === 'tracker-working' && event['url'] === url)
    await waitFor('the tracker answers over HTTP, and there is data', TRANSFER_MS, () => {
      const progress = run.events.findLast(({ event }) => event === 'progress')
      return worked(tracker.httpUrl) && Number(progress?.['bytesDone'] ?? 0) > 0
    }).catch((error: unknown) => {
      throw new Error(`${run.child.log()}\n${proxy.child.log()}`, { cause: error })
    })
    expect((await watch.list()).some(({ to, protocol }) => to === proxy.host && protocol === 'udp')).toBe(true)
    expect(await others(proxy.host)).toEqual([])
    await proxy.child.kill()
    await waitFor('that is told', TRANSFER_MS, () =>
      run.events.some(({ event, source }) => event === 'source-failed' && source === 'proxy'),
    )
    await watch.forget()
    await sleep(WATCH_MS)
    expect(await others(proxy.host)).toEqual([])
    expect(run.child.ended(), run.child.log()).toBeUndefined()
  })

  it('go to a tracker over UDP, too', async () => {
    const proxy = await startProxy(dante)
    const place = { host: arena.nextHost(), port: 6969, work: arena.folder('tracker') }
    const tracker = arena.use(await startCcbtTracker(arena.network, place))
    const run = await start(proxy.url, `${arena.nextHost()}:1`, { tiers: [tracker.udpUrl], arguments: [] })
    await waitFor('the tracker answers', TRANSFER_MS, () =>
      run.events.some(({ event, url }) => event === 'tracker-working' && url === tracker.udpUrl),
    )
    expect(await others(proxy.host)).toEqual([])
  })

  it.each(['socks5', 'http'])('go to nobody else when a proxy for %s says nothing', async (kind) => {
    const host = arena.nextHost()
    const listen = `require('node:net').createServer(() => {}).listen(${PORT}, '${host}', () => console.log('up'))`
    const silent = arena.network.run([process.execPath, '--eval', listen])
    arena.use({ [Symbol.asyncDispose]: () => silent.stop() })
    await waitFor('it listens', TRANSFER_MS, () => silent.log().includes('up'))
    const run = await start(`${kind}://${LOGIN}@${host}:${PORT}`, `${arena.nextHost()}:9`, NAMES)
    await sleep(WATCH_MS)
    expect(await others(host)).toEqual([])
    expect(run.child.ended(), run.child.log()).toBeUndefined()
    expect(run.child.log()).not.toContain(CREDENTIALS.password)
  })

  it('go to nobody when a torrent is to be fetched and the proxy is down', async () => {
    const host = arena.nextHost()
    await watch.forget()
    const proxy = `socks5://${LOGIN}@${host}:${PORT}`
    const child = watch.run(ccbtCommand('add', 'http://web.invalid/a.torrent', '--proxy', proxy, '--json'))
    expect(await child.exit).not.toBe(0)
    expect(child.log()).toContain(`proxy socks5://${host}:${PORT}: ECONNREFUSED`)
    expect(child.log()).not.toContain(CREDENTIALS.password)
    expect(await others(host)).toEqual([])
  })

  it('would be seen without a proxy', async () => {
    const file = join(arena.fixture.root, 'direct.torrent')
    const [http, out] = [arena.nextHost(), arena.folder('direct')]
    writeFileSync(file, single.encode([`http://${http}:6969/announce`]))
    await watch.forget()
    const command = ccbtCommand('add', file, '--output', out, '--state-dir', `${out}-state`, '--no-dht', '--json')
    const child = watch.run(command)
    arena.use({ [Symbol.asyncDispose]: () => child.stop() })
    await waitFor('the tracker is asked', TRANSFER_MS, async () =>
      (await watch.list()).some(({ to, port }) => to === http && port === 6969),
    )
  })
})

afterAll(() => arena[Symbol.asyncDispose]())
