// The daemon as a service: starting, stopping, dying, and who may come in. The commands are the real ones.

import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { createHttpClient, createHttpControl, createHttpMonitor, daemonAddress } from '@ccbt/rpc-client'
import type { SettingView } from '@ccbt/rpc-client'
import { describe, expect, it, onTestFinished } from 'vitest'
import { temporaryFolder } from './cli-process.ts'
import { DaemonHome } from './daemon-process.ts'
import type { DaemonProcess } from './daemon-process.ts'

async function home(): Promise<DaemonHome> {
  const folder = await temporaryFolder()
  onTestFinished(() => folder[Symbol.asyncDispose]())
  return new DaemonHome(folder.path)
}

async function magnets(place: DaemonHome, hashes: readonly string[]): Promise<void> {
  await using client = createHttpClient(place.address)
  for (const hash of hashes) await client.add({ source: `magnet:?xt=urn:btih:${hash.repeat(40)}`, isPaused: true })
}

/** 200 for who is let in, 401 for who is not. */
async function statusFor(url: string, authorization: string): Promise<number> {
  const { status } = await fetch(new URL('ccbt/rpc', url), {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: '{"method":"ccbt-daemon"}',
  })
  return status
}

function basic(password: string): string {
  return `Basic ${Buffer.from(`x:${password}`).toString('base64')}`
}

describe('ccbt daemon', () => {
  it('starts in the background, shows a password once, says where it is, and stops', async () => {
    const place = await home()
    expect(await place.run('daemon', 'status')).toMatchObject({ code: 3, stdout: 'not running\n' })
    onTestFinished(async () => {
      await place.run('daemon', 'stop')
    })
    const started = await place.run('daemon', 'start', '--json', '--http', '127.0.0.1:0')
    expect(started).toMatchObject({ code: 0, stderr: '' })
    const [password, ready] = started.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(password).toMatchObject({ event: 'password', password: expect.stringMatching(/^\w{20}$/) })
    expect(ready).toMatchObject({
      event: 'started',
      torrents: 0,
      downloadDirectory: join(place.options.cwd, 'Downloads'),
    })
    const [url = ''] = ready!['urls'] as string[]
    expect(await statusFor(url, basic(String(password!['password'])))).toBe(200)
    expect(await statusFor(url, basic('admin'))).toBe(401)
    // Nothing that is kept has it.
    for (const name of ['daemon.out', 'daemon.db', 'daemon.db-wal']) {
      expect(await readFile(join(place.stateDir, name), 'latin1')).not.toContain(password!['password'])
    }
    expect((await stat(place.stateDir)).mode & 0o077).toBe(0)
    expect(await place.run('daemon', 'start')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^already running/),
    })
    expect(await place.run('daemon', 'status')).toMatchObject({ code: 0, stdout: expect.stringContaining(url) })
    expect(await place.run('daemon', 'stop')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^stopped after/),
    })
    expect(await place.run('daemon', 'status')).toMatchObject({ code: 3 })
    const again = await place.run('daemon', 'start', '--http', '127.0.0.1:0')
    expect(again).toMatchObject({ code: 0, stdout: expect.not.stringContaining('password') })
    expect((await place.run('daemon', 'stop')).code).toBe(0)
  })

  it('is the only one of its state, and a start that fails says why', async () => {
    const place = await home()
    await using daemon = await place.start()
    const second = place.spawn()
    expect(await second.ended).toMatchObject({ code: 11, stderr: expect.stringContaining('already running') })
    expect((await place.run('daemon', 'status')).code).toBe(0)
    const other = await home()
    const taken = await other.run('daemon', 'start', '--http', new URL(daemon.urls[0]!).host)
    expect(taken).toMatchObject({
      code: 6,
      stderr: expect.stringMatching(/cannot listen on 127.0.0.1:\d+: EADDRINUSE/),
    })
    expect(await other.run('daemon', 'run', '--no-auth', '--http', '0.0.0.0:0')).toMatchObject({ code: 64 })
    expect(await other.run('daemon', 'run', '--set', 'daemon.tls_key=x')).toMatchObject({ code: 64 })
    await writeFile(join(other.stateDir, 'daemon.db'), 'this is no database at all'.repeat(100))
    expect(await other.run('daemon', 'run')).toMatchObject({ code: 15, stderr: expect.stringContaining('daemon.db') })
    // What cannot be read stays for somebody who can.
    expect(await readFile(join(other.stateDir, 'daemon.db'), 'utf8')).toContain('this is no database')
  })

  it('has lost nothing after kill -9', async () => {
    const place = await home()
    {
      await using daemon = await place.start()
      await magnets(place, ['a', 'b', 'c'])
      await daemon.process.stop('SIGKILL')
    }
    await using _ = await place.start()
    await using client = createHttpClient(place.address)
    expect((await client.state()).torrents.map(({ infoHash }) => infoHash[0])).toEqual(['a', 'b', 'c'])
  })

  it('ends with 0 on SIGTERM, at once on a second one, and not when its reader has gone', async () => {
    const place = await home()
    const daemon = await place.start()
    daemon.process.child.stdout.destroy()
    daemon.process.child.stderr.destroy()
    daemon.process.child.kill('SIGHUP')
    expect((await place.run('daemon', 'status')).code).toBe(0)
    expect((await daemon.process.stop('SIGTERM')).code).toBe(0)
    const second = await place.start()
    second.process.child.kill('SIGTERM')
    second.process.child.kill('SIGTERM')
    expect([0, 143]).toContain((await second.process.ended).code)
    await using _ = await place.start()
  })

  it('answers its owner although strangers hold all files that it may open', async () => {
    const place = await home()
    await using process = place.spawnWithFiles(100)
    const { urls } = (await process.untilEvent('ready')) as unknown as { urls: string[] }
    const port = Number(new URL(urls[0]!).port)
    const sockets = Array.from({ length: 300 }, () => connect({ host: '127.0.0.1', port }).on('error', () => {}))
    await expect.poll(() => sockets.filter((socket: Socket) => !socket.connecting).length).toBe(300)
    for (const socket of sockets) socket.destroy()
    await expect.poll(async () => (await place.run('daemon', 'status')).code).toBe(0)
    expect((await process.stop('SIGTERM')).code).toBe(0)
  })
})

describe('the configuration of a daemon', () => {
  async function follow(): Promise<{ place: DaemonHome; file: string; daemon: DaemonProcess }> {
    const place = await home()
    const folder = join(place.options.cwd, '.config', 'ccbt')
    await mkdir(folder, { recursive: true })
    const file = join(folder, 'config.toml')
    await writeFile(file, '[limits]\ndownload = "1M"\n')
    const daemon = await place.start()
    onTestFinished(() => daemon[Symbol.asyncDispose]())
    return { place, file, daemon }
  }

  async function limit(place: DaemonHome): Promise<number> {
    await using client = createHttpClient(place.address)
    return (await client.state()).session.downloadLimitBps
  }

  it('counts at once when somebody asks for it, what can', async () => {
    const { place, file } = await follow()
    expect(await limit(place)).toBe(1_000_000)
    await writeFile(file, '[limits]\ndownload = "2M"\n[daemon]\nhostnames = ["a.example"]\n')
    const asked = await place.run('config', 'reload')
    expect(asked.code).toBe(0)
    // Numbers of the session are a quarter of a second old at most.
    await expect.poll(() => limit(place)).toBe(2_000_000)
    // The daemon may have seen the change by itself before it was asked.
    expect(asked.stdout).toMatch(
      /limits.download: 1MB -> 2MB, daemon.hostnames: .*\(after a restart\)|nothing has changed/,
    )
  })

  it('is read again on SIGHUP and when it changes, and a wrong one changes nothing', async () => {
    const { place, file, daemon } = await follow()
    await writeFile(file, '[limits]\ndownload = 3_000_000\n')
    daemon.process.child.kill('SIGHUP')
    await expect.poll(() => limit(place)).toBe(3_000_000)
    await writeFile(file, '[limits]\ndownload = "much"\n')
    const asked = await place.run('config', 'reload')
    expect(asked).toMatchObject({ code: 64, stdout: expect.stringMatching(/config.toml:2:12/) })
    expect(await limit(place)).toBe(3_000_000)
    expect((await place.run('daemon', 'status')).code).toBe(0)
  })

  it('is changed over remote control, kept over restarts and taken back; alerts are others at once', async () => {
    const { place, file, daemon } = await follow()
    const client = createHttpClient(place.address)
    onTestFinished(() => client[Symbol.asyncDispose]())
    const find = async (key: string): Promise<SettingView | undefined> =>
      (await client.settings()).find((setting) => setting.key === key)
    expect(await find('limits.download')).toMatchObject({ value: '1MB', source: 'user', where: `${file}:2:1` })
    await Promise.all([client.changeSetting('limits.download', '4M'), client.changeSetting('peers.max', '7')])
    await expect.poll(() => limit(place)).toBe(4_000_000)
    // What a client of remote control decides counts more, until the setting is decided anew.
    await client.limit({ downloadLimitBps: 5_000_000 })
    expect(await find('limits.download')).toMatchObject({ value: '5MB', source: 'remote' })
    expect(await client.changeSetting('limits.download', '4M')).toMatchObject({ value: '4MB', source: 'run-time' })
    await expect.poll(() => limit(place)).toBe(4_000_000)
    await expect(client.changeSetting('dht.enabled', 'true')).rejects.toThrow('CCBT_DHT__ENABLED counts more')
    await writeFile(file, '[limits]\ndownload = "1M"\n[[alert]]\nname = "mine"\nevent = "complete"\n')
    await using monitor = createHttpMonitor(place.address)
    const rules = async (): Promise<string[]> => (await monitor.alerts()).rules.map(({ name }) => name)
    await expect.poll(rules).toContain('mine')
    await writeFile(file, 'broken')
    await expect(client.changeSetting('limits.download', '6M')).rejects.toThrow('config.toml:1')
    await writeFile(file, '[limits]\ndownload = "1M"\n')
    await daemon.process.stop('SIGTERM')
    await using _again = await place.start()
    expect(await limit(place)).toBe(4_000_000)
    expect(await client.changeSetting('limits.download', undefined)).toMatchObject({ value: '1MB', source: 'user' })
    await expect.poll(() => limit(place)).toBe(1_000_000)
  })

  it('is not changed by strangers where that would let them do more', async () => {
    const place = await home()
    await using daemon = await place.start('--no-auth')
    const port = Number(new URL(daemon.urls[0] ?? '').port)
    await using stranger = createHttpClient({ host: '127.0.0.1', port })
    expect(await stranger.settings()).toContainEqual(
      expect.objectContaining({
        key: 'paths.download',
        value: join(place.options.cwd, 'Downloads'),
        source: 'default',
      }),
    )
    await using owner = createHttpClient(place.address)
    for (const key of ['peers.ip_filter', 'log.file', 'daemon.hostnames', 'metrics.listen', 'alerts.webhook']) {
      await expect(stranger.changeSetting(key, 'x')).rejects.toThrow("on the daemon's own machine only")
    }
    await expect(owner.changeSetting('alerts.command', '/bin/true')).rejects.toThrow('in the configuration file only')
    await owner.changeSetting('alerts.webhook', 'http://127.0.0.1:1/secret')
    await stranger.changeSetting('proxy.url', 'socks5://me:word@127.0.0.1:1')
    const all = JSON.stringify([await stranger.settings(), await owner.settings()])
    expect(all).toContain('socks5://***@127.0.0.1:1')
    expect(all).toContain('http://127.0.0.1:1/***')
    expect(all).not.toMatch(/me:word|\/secret/)
    await expect(stranger.changeSetting('proxy.url', 'socks5://***@127.0.0.1:1')).rejects.toThrow('stands for a secret')
  })
})

describe('who may come in', () => {
  it('is decided by the commands, and counts at once', async () => {
    const place = await home()
    await using daemon = await place.start()
    const [url = ''] = daemon.urls
    const reset = await place.run('daemon', 'password', '--reset', '--json')
    const { password } = JSON.parse(reset.stdout) as { password: string }
    expect(await statusFor(url, basic(password))).toBe(200)
    const created = await place.run('daemon', 'token', 'create', 'graphs', '--json')
    const { token } = JSON.parse(created.stdout) as { token: string }
    expect(await statusFor(url, `Bearer ${token}`)).toBe(200)
    await using reader = createHttpControl(daemonAddress(url, token))
    await expect(reader.stop()).rejects.toMatchObject({ code: 'RPC_REFUSED' })
    const list = await place.run('daemon', 'token', 'list')
    expect(list.stdout).toMatch(/^1 +read .* graphs\n$/)
    expect(await place.run('daemon', 'status', '--daemon', url, '--token', token)).toMatchObject({ code: 0 })
    expect(await place.run('daemon', 'token', 'revoke', '1')).toMatchObject({ code: 0 })
    expect(await place.run('daemon', 'token', 'revoke', '1')).toMatchObject({ code: 3 })
    expect(await place.run('daemon', 'status', '--daemon', url, '--token', token)).toMatchObject({ code: 24 })
    const file = join(place.options.cwd, 'password')
    await writeFile(file, 'one of my own\n')
    expect(await place.run('daemon', 'password', '--file', file)).toMatchObject({ code: 0 })
    expect(await statusFor(url, basic('one of my own'))).toBe(200)
    expect(await statusFor(url, basic(password))).toBe(401)
    expect(await place.run('daemon', 'password')).toMatchObject({ code: 64 })
  })
})
