// Clients that know nothing of chunks in a swarm with two that do.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { openArena, subject } from './arena.ts'
import type { Participant } from './arena.ts'
import { ccbt, ccbtCommand } from './drivers/ccbt.ts'
import type { Driver } from './drivers/driver.ts'
import { libtorrent } from './drivers/libtorrent.ts'
import { startSwarmTracker } from './drivers/trackers.ts'
import { transmission } from './drivers/transmission.ts'

const arena = await openArena()
const { single, source } = arena.fixture
const others = [libtorrent, transmission].filter((driver) => arena.reasonToSkip(driver) === undefined)
const names = others.map(({ name }) => name).join(' and ')
const isUsable = others.length > 0 && subject === ccbt

afterEach(() => arena.clear())
afterAll(() => arena[Symbol.asyncDispose]())

const speaksOfChunks: Driver = { ...ccbt, start: (network, job) => ccbt.start(network, { ...job, usesChunks: true }) }

/** The same, with an older version of the file in its index. */
const hasOlder: Driver = {
  ...ccbt,
  async start(network, job) {
    const old = join(arena.folder('older'), single.name)
    mkdirSync(join(old, '..'), { recursive: true })
    const data = readFileSync(join(source, single.name))
    const middle = data.length / 2
    writeFileSync(old, Buffer.concat([data.subarray(0, middle), Buffer.from('x'), data.subarray(middle)]))
    const indexing = network.run(ccbtCommand('xet', 'index', old, '--state-dir', join(job.work, 'state')))
    expect(await indexing.exit, indexing.log()).toBe(0)
    return await speaksOfChunks.start(network, job)
  },
}

describe.skipIf(!isUsable)(`two ccbt that speak of chunks, with ${names}`, () => {
  it('all complete, and what one ccbt has of an older version does not travel to it', async () => {
    const place = { host: arena.nextHost(), port: 6969, work: arena.folder('tracker') }
    const tracker = arena.use(await startSwarmTracker(arena.network, place, [], true))
    const wish = { trackers: [tracker.httpUrl], stay: true }
    const swarm: Participant[] = [await arena.seed(speaksOfChunks, single, wish)]
    for (const driver of others) swarm.push(await arena.download(driver, single, wish))
    const reusing = await arena.download(hasOlder, single, wish)
    for (const one of [...swarm, reusing]) await arena.expectComplete(one)
    const lines = reusing.client.child.log().split('\n')
    const reused = lines.flatMap((line) => /"event":"reused".*?"bytes":(\d+)/.exec(line)?.[1] ?? []).map(Number)
    expect(reused[0] ?? 0, reusing.client.child.log().slice(-4000)).toBeGreaterThan(single.length * 0.9)
  })
})
