// Hot reload with real files, as editors and scripts write them.

import { mkdir, mkdtemp, open, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { loadConfig } from '../src/load.ts'
import { wordLayer } from '../src/settings.ts'
import { watchConfig } from '../src/watch.ts'
import type { Reload, Watched } from '../src/watch.ts'

interface Watching {
  readonly folder: string
  readonly file: string
  readonly reloads: Reload<Watched>[]
  readonly failures: unknown[]
  loads: number
  failWith?: Error
}

async function startWatching({ pollMs = 60_000, settleMs = 30, name = 'config.toml' } = {}): Promise<Watching> {
  const folder = await mkdtemp(join(tmpdir(), 'ccbt-config-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, name)
  const watching: Watching = { folder, file, reloads: [], failures: [], loads: 0 }
  const load = async (): Promise<Watched> => {
    watching.loads++
    if (watching.failWith !== undefined) throw watching.failWith
    const config = await loadConfig({
      places: { system: join(folder, 'system.toml'), user: file, isUserNamed: false, torrents: folder },
      environment: {},
      sets: [],
      flags: wordLayer('flag', new Map()),
      folder,
      stateFolder: folder,
    })
    return await config.forTorrent({ infoHash: 'ab'.repeat(20), trackerHosts: [] })
  }
  const watch = watchConfig({
    now: await load(),
    load,
    onReload: (reload) => watching.reloads.push(reload),
    onFailure: (error) => watching.failures.push(error),
    settleMs,
    pollMs,
  })
  onTestFinished(() => watch[Symbol.dispose]())
  return watching
}

const WAIT = { timeout: 30_000, interval: 10 }

async function untilReloads({ reloads }: Watching, count: number): Promise<Reload<Watched>> {
  await vi.waitFor(() => expect(reloads.length).toBeGreaterThanOrEqual(count), WAIT)
  return reloads[count - 1]!
}

function limit(before: string, after: string): object {
  return { kind: 'changed', changes: [{ key: 'limits.download', before, after, apply: 'live' }] }
}

describe('hot reload', () => {
  it('tells of a file that appears, is changed in place, replaced and removed', async () => {
    const watching = await startWatching()
    await writeFile(watching.file, 'limits.download = "1M"')
    expect(await untilReloads(watching, 1)).toMatchObject(limit('0', '1MB'))
    await writeFile(watching.file, 'limits.download = "2M"')
    expect(await untilReloads(watching, 2)).toMatchObject(limit('1MB', '2MB'))
    await writeFile(`${watching.file}.new`, 'limits.download = "3M"')
    await rename(`${watching.file}.new`, watching.file)
    expect(await untilReloads(watching, 3)).toMatchObject(limit('2MB', '3MB'))
    await rm(watching.file)
    expect(await untilReloads(watching, 4)).toMatchObject(limit('3MB', '0'))
  })

  it('keeps the last good configuration when a file is bad, and says why', async () => {
    const watching = await startWatching()
    await writeFile(watching.file, 'limits.download = "1M"')
    await untilReloads(watching, 1)
    await writeFile(watching.file, 'limits.download = "1X"')
    expect(await untilReloads(watching, 2)).toEqual({
      kind: 'rejected',
      problems: [expect.stringMatching(/config\.toml:1:19: limits\.download must be a rate/)],
    })
    await writeFile(watching.file, 'limits.download = "4M"')
    expect(await untilReloads(watching, 3)).toMatchObject(limit('1MB', '4MB'))
  })

  it('names what needs a restart', async () => {
    const watching = await startWatching()
    await writeFile(watching.file, '[network]\nport = 7\n[seeding]\nenabled = true')
    const changes = [
      { key: 'network.port', before: '0', after: '7', apply: 'restart' },
      { key: 'seeding.enabled', before: undefined, after: 'true', apply: 'restart' },
    ]
    expect(await untilReloads(watching, 1)).toMatchObject({ kind: 'changed', changes })
  })

  it("follows changes at run time and a torrent's own file", async () => {
    const watching = await startWatching()
    await writeFile(join(watching.folder, 'settings.toml'), 'limits.download = "1M"')
    await untilReloads(watching, 1)
    await writeFile(join(watching.folder, `${'ab'.repeat(20)}.toml`), 'limits.torrent_upload = "1M"')
    const changes = [{ key: 'limits.torrent_upload', before: '0', after: '1MB', apply: 'live' }]
    expect(await untilReloads(watching, 2)).toMatchObject({ changes })
  })

  it('waits until a file that is being written is left alone', async () => {
    const watching = await startWatching({ settleMs: 1000 })
    await using file = await open(watching.file, 'w')
    const text = `${'# a remark\n'.repeat(10)}limits.download = "1M"\n`
    for (const letter of text) {
      await file.write(letter)
      await delay(2)
    }
    expect(await untilReloads(watching, 1)).toMatchObject(limit('0', '1MB'))
    expect(watching.reloads).toHaveLength(1)
  })

  it('finds a file in a folder that was not there', async () => {
    const watching = await startWatching({ pollMs: 50, name: 'later/config.toml' })
    await mkdir(join(watching.folder, 'later'))
    await writeFile(watching.file, 'limits.download = "1M"')
    expect(await untilReloads(watching, 1)).toMatchObject(limit('0', '1MB'))
  })

  it('says nothing when nothing is different, and does not read again', async () => {
    const watching = await startWatching({ pollMs: 20 })
    await writeFile(watching.file, '# nothing')
    await vi.waitFor(() => expect(watching.loads).toBeGreaterThanOrEqual(2), WAIT)
    let loads = 0
    while (loads !== watching.loads) {
      loads = watching.loads
      await delay(500)
    }
    for (let n = 0; n < 10; n++) await writeFile(join(watching.folder, 'other'), String(n))
    await delay(300)
    expect(watching.loads).toBe(loads)
    expect(watching.reloads).toEqual([])
  })

  it('ends with an error that nobody expects', async () => {
    const watching = await startWatching()
    watching.failWith = new Error('a bug')
    await vi.waitFor(() => expect(watching.failures).toEqual([watching.failWith]), WAIT)
  })
})
