// A daemon whose configuration changes while it runs.

import { once } from 'node:events'
import { renameSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { Server } from 'node:net'
import { join } from 'node:path'

import { describe, expect, it, onTestFinished } from 'vitest'

import { startDaemon } from '../src/index.ts'
import type { Daemon, DaemonOptions } from '../src/index.ts'
import { Restarting } from '../src/restarting.ts'
import { call } from './rpc-support.ts'
import { PATIENCE, seeded, temporaryFolder, torrentFile } from './support.ts'

describe('a service that starts anew', () => {
  function recorded(): { readonly log: string[]; readonly service: Restarting<{ readonly name: string }> } {
    const log: string[] = []
    const service = new Restarting({ name: 'a' }, ({ name }) => {
      log.push(`+${name}`)
      return {
        [Symbol.asyncDispose]: async () => {
          await Promise.resolve()
          log.push(`-${name}`)
        },
      }
    })
    return { log, service }
  }

  it('does so with other options only, after it has ended', async () => {
    const { log, service } = recorded()
    await service.follow({ name: 'a' })
    await service.follow({ name: 'b' })
    expect(log).toEqual(['+a', '-a', '+b'])
    await service[Symbol.asyncDispose]()
    await service.follow({ name: 'c' })
    expect(log).toEqual(['+a', '-a', '+b', '-b'])
  })

  it('does not when it was disposed meanwhile', async () => {
    const { log, service } = recorded()
    const following = service.follow({ name: 'b' })
    await service[Symbol.asyncDispose]()
    await following
    expect(log).toEqual(['+a', '-a'])
  })
})

describe('a daemon', () => {
  const session = { stateDir: '', bind: { v4: '127.0.0.1' }, lsd: false, portMapping: false }

  async function start(changes: Partial<DaemonOptions>, stateDir = temporaryFolder()): Promise<Daemon> {
    const downloadDirectory = temporaryFolder()
    const options = { version: '0', session: { ...session, stateDir }, downloadDirectory, ...changes }
    const daemon = await startDaemon(options)
    onTestFinished(() => daemon[Symbol.asyncDispose]())
    return daemon
  }

  it('adds from folders that it is told of while it runs, and no longer from those that are gone', async () => {
    const [first, second] = [temporaryFolder(), temporaryFolder()]
    const daemon = await start({ automation: { watch: [{ path: first, after: 'rename' }] } })
    await daemon.follow({ session: { ...session }, automation: { watch: [{ path: second, after: 'rename' }] } })
    for (const [folder, name] of [
      [first, 'one'],
      [second, 'two'],
    ] as const) {
      writeFileSync(join(folder, 'part'), torrentFile(name))
      renameSync(join(folder, 'part'), join(folder, `${name}.torrent`))
    }
    const names = async (): Promise<string[]> => (await daemon.client.state()).torrents.map(({ name }) => name)
    await expect.poll(names, PATIENCE).toEqual(['two'])
  })

  it('has the alerts that it is told of, and none when they are switched off', async () => {
    const rule = { name: 'mine', severity: 'info', kind: 'event', event: 'complete', count: 1, withinMs: 1000 } as const
    const daemon = await start({ alerts: { rules: [rule] } })
    const rules = async (): Promise<string[]> => (await daemon.control.alerts()).rules.map(({ name }) => name)
    await daemon.control.silenceAlert('mine', 60_000)
    await daemon.follow({
      session: { ...session },
      alerts: {
        rules: [
          { ...rule, count: 2 },
          { ...rule, name: 'other' },
        ],
      },
    })
    expect(await rules()).toEqual(['mine', 'other'])
    expect((await daemon.control.alerts()).rules[0]?.silencedUntilMs).toBeGreaterThan(Date.now())
    await daemon.follow({ session: { ...session }, alerts: false })
    expect(await rules()).toEqual([])
    await expect(daemon.control.testAlert()).rejects.toThrow('alerts are switched off')
  })

  it('does what the configuration says anew, also over what was changed before', async () => {
    const stateDir = temporaryFolder()
    const limits = async (daemon: Daemon): Promise<unknown> => {
      const { session: view } = await daemon.client.state()
      return [view.downloadLimitBps, view.uploadLimitBps]
    }
    {
      await using daemon = await start({ session: { ...session, stateDir, uploadLimitBps: 7000 } })
      await daemon.client.limit({ downloadLimitBps: 1000, uploadLimitBps: 2000 })
      const queue = { maxActiveDownloads: 3 }
      await daemon.follow({ session: { ...session, downloadLimitBps: 5000, uploadLimitBps: 7000, queue } })
      expect(await limits(daemon)).toEqual([5000, 2000])
      expect(await call(daemon, 'session-get')).toMatchObject({
        'download-queue-enabled': true,
        'download-queue-size': 3,
        'speed-limit-down': 5,
      })
    }
    const daemon = await start({ session: { ...session, stateDir, downloadLimitBps: 6000 } })
    await expect.poll(() => limits(daemon), PATIENCE).toEqual([6000, 2000])
  })

  it('has the alternative limits of the configuration, also after it was told to let them hold at once', async () => {
    const day = { days: [0, 1, 2, 3, 4, 5, 6], from: '00:00', to: '24:00' }
    const never = { days: [], from: '00:00', to: '00:01' }
    const daemon = await start({ session: { ...session, stateDir: temporaryFolder(), downloadLimitBps: 5000 } })
    const downloadBps = (): number => daemon.session.summary().downloadLimitBps
    const follow = async (alternative: number, schedule: (typeof day)[]): Promise<void> => {
      const alternativeLimits = { downloadBps: alternative, uploadBps: 0, schedule }
      await daemon.follow({ session: { ...session, downloadLimitBps: 5000, alternativeLimits } })
    }
    expect(downloadBps()).toBe(5000)
    await follow(1000, [never, day])
    expect(downloadBps()).toBe(1000)
    await follow(2000, [never, day])
    expect(downloadBps()).toBe(2000)
    // On and off again leaves the schedule with all its times.
    await call(daemon, 'session-set', { 'alt-speed-enabled': true })
    await call(daemon, 'session-set', { 'alt-speed-enabled': false })
    expect(downloadBps()).toBe(2000)
    await call(daemon, 'session-set', { 'alt-speed-time-begin': 0, 'alt-speed-time-end': 1, 'alt-speed-time-day': 0 })
    expect(downloadBps()).toBe(5000)
  })
  it('puts what is added into the folders of that time', async () => {
    const [early, late, films] = [temporaryFolder(), temporaryFolder(), temporaryFolder()]
    const daemon = await start({ automation: { incompleteDirectory: early } })
    const folderOf = async (name: string, labels: readonly string[] = []): Promise<string | undefined> => {
      await daemon.client.add({ source: torrentFile(name), isPaused: true, labels })
      return daemon.session.snapshot().torrents.find((torrent) => torrent.name === name)?.directory
    }
    expect(await folderOf('one')).toBe(early)
    await daemon.follow({ session: { ...session }, automation: { incompleteDirectory: late } })
    expect(await folderOf('two')).toBe(late)
    await daemon.follow({ session: { ...session }, automation: { labels: new Map([['films', films]]) } })
    expect(await folderOf('three', ['films'])).toBe(films)
  })

  it('serves metrics where it is told to, and says which address is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void taken.close())
    await once(taken, 'listening')
    const spare = createServer().listen(0, '127.0.0.1')
    await once(spare, 'listening')
    const [busy, free] = [taken, spare].map((server) => ({ host: '127.0.0.1', port: portOf(server) }))
    if (busy === undefined || free === undefined) throw new Error('no ports')
    spare.close()
    await once(spare, 'close')
    const daemon = await start({})
    const listen = async (...addresses: (typeof free)[]): Promise<void> =>
      await daemon.follow({ session: { ...session }, metrics: { perTorrent: { kind: 'off' }, listen: addresses } })
    const page = async (): Promise<string> => await (await fetch(`http://127.0.0.1:${free.port}/metrics`)).text()
    await expect(listen(busy, free)).rejects.toThrow(`127.0.0.1:${busy.port}`)
    expect(await page()).toContain('ccbt_torrents')
    await listen(free)
    expect(await page()).toContain('ccbt_torrents')
    await listen()
    await expect(page()).rejects.toThrow('fetch failed')
  })

  it('limits peers of the local network that are there anew', async () => {
    const { link } = await seeded('near')
    const daemon = await start({
      session: { ...session, stateDir: temporaryFolder(), localLimits: { downloadBps: 1 } },
    })
    const { id } = await daemon.client.add({ source: link })
    const row = async (): Promise<{ downloaded: number; phase: string } | undefined> =>
      (await daemon.client.detail(id))?.row
    await expect.poll(async () => (await row())?.downloaded ?? 0, PATIENCE).toBeGreaterThan(0)
    expect(await row()).toMatchObject({ phase: 'downloading' })
    await daemon.follow({ session: { ...session } })
    await expect.poll(async () => (await row())?.phase, PATIENCE).toBe('seeding')
  })
})

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
