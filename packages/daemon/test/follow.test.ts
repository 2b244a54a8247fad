// A daemon whose configuration changes while it runs.

import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it, onTestFinished } from 'vitest'

import { startDaemon } from '../src/index.ts'
import type { Daemon, DaemonOptions } from '../src/index.ts'
import { Restarting } from '../src/restarting.ts'
import { call } from './rpc-support.ts'
import { PATIENCE, temporaryFolder, torrentFile } from './support.ts'

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
})
