// Debian's transmission-remote against our daemon, with every one of its options. What it is answered is compared with what
// the daemon then says of itself.

import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { startDaemon } from '@ccbt/daemon'
import type { Daemon } from '@ccbt/daemon'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

const PATIENCE = { timeout: 30_000 }

const reason = spawnSync('transmission-remote', ['--version']).error === undefined ? undefined : 'not installed'

let folder: string
let daemon: Daemon
let endpoint: string

/** What it prints; an exit status says no more. */
function remote(...args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile('transmission-remote', [endpoint, ...args], (_, stdout, stderr) => resolve(stdout + stderr))
  })
}

/** Runs it and expects that the daemon has done what it asked for. */
async function succeeds(...args: readonly string[]): Promise<void> {
  expect(await remote(...args), args.join(' ')).toContain('responded: "success"')
}

async function call(method: string, args: object): Promise<Record<string, unknown>> {
  const url = `http://${endpoint}/transmission/rpc`
  const asked = await fetch(url, { method: 'POST' })
  const headers = { 'X-Transmission-Session-Id': asked.headers.get('X-Transmission-Session-Id') ?? '' }
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ method, arguments: args }) })
  const { arguments: result } = (await answer.json()) as { arguments: Record<string, unknown> }
  return result
}

async function torrent(id: number, ...fields: readonly string[]): Promise<Record<string, unknown>> {
  const { torrents } = await call('torrent-get', { ids: [id], fields })
  return (torrents as Record<string, unknown>[])[0] ?? {}
}

function makeTorrent(name: string, files: readonly string[]): string {
  const data = join(folder, 'downloads', name)
  if (files.length === 0) writeFileSync(data, Buffer.alloc(300_000, name))
  else mkdirSync(data)
  for (const file of files) writeFileSync(join(data, file), Buffer.alloc(70_000, file))
  const path = join(folder, `${name}.torrent`)
  execFileSync('transmission-create', ['-o', path, '-c', 'a comment', '-t', 'http://127.0.0.1:1/announce', data])
  return path
}

describe.skipIf(reason !== undefined)(
  reason ? `transmission-remote (skipped: ${reason})` : 'transmission-remote',
  () => {
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'ccbt-remote-'))
      const downloadDirectory = join(folder, 'downloads')
      mkdirSync(downloadDirectory)
      daemon = await startDaemon({
        version: '1.2.3',
        session: { stateDir: join(folder, 'state'), bind: { v4: '127.0.0.1' } },
        downloadDirectory,
        remote: { addresses: [{ host: '127.0.0.1', port: 0 }], isOpen: true },
        onStop: () => void daemon[Symbol.asyncDispose](),
      })
      endpoint = `127.0.0.1:${daemon.httpPorts[0]}`
      await succeeds('--add', makeTorrent('one', []))
      await succeeds('--add', makeTorrent('two', ['a', 'b']))
      await vi.waitUntil(async () => (await torrent(2, 'status'))['status'] === 6, PATIENCE)
      await vi.waitUntil(async () => (await torrent(1, 'status'))['status'] === 6, PATIENCE)
    })

    afterAll(async () => {
      await daemon[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true, force: true })
    })

    it('lists torrents, and everything about one', async () => {
      const list = await remote('--list')
      expect(list).toMatch(/^ +1 +100% +300\.0 kB +Done .* Idle +one$/m)
      expect(list).toMatch(/^ +2 +100% +140\.0 kB +Done .* Idle +two$/m)
      const info = await remote('-t', '2', '--info')
      expect(info).toContain('Name: two')
      expect(info).toContain('Have: 140.0 kB (140.0 kB verified)')
      expect(info).toContain('Comment: a comment')
      expect(info).toContain('Piece Size: 32.00 KiB')
      for (const option of ['--files', '-if']) {
        expect(await remote('-t', '2', option)).toMatch(/^ +1: 100% Normal +Yes +70\.00 kB +two\/b$/m)
      }
      expect(await remote('-t', '2', '--info-trackers')).toContain('Tracker 0: 127.0.0.1:1')
      expect(await remote('-t', '2', '--info-pieces')).toMatch(/^ +1{5}\s*$/m)
      for (const option of ['--info-peers', '--peer-info']) expect(await remote('-t', '2', option)).toContain('Address')
      expect(await remote('--session-info')).toContain('Daemon version: 4.0.6 (ccbt-1.2.3)')
      expect(await remote('--session-stats')).toContain('Started 1 times')
    })

    it.each<readonly [args: string, key: string, value: unknown]>([
      ['--alt-speed', 'alt-speed-enabled', true],
      ['--no-alt-speed', 'alt-speed-enabled', false],
      ['--alt-speed-downlimit 70', 'alt-speed-down', 70],
      ['--alt-speed-uplimit 60', 'alt-speed-up', 60],
      ['--alt-speed-scheduler', 'alt-speed-time-enabled', true],
      ['--no-alt-speed-scheduler', 'alt-speed-time-enabled', false],
      ['--alt-speed-time-begin 0830', 'alt-speed-time-begin', 510],
      ['--alt-speed-time-end 1700', 'alt-speed-time-end', 1020],
      ['--alt-speed-days 1-5', 'alt-speed-time-day', 62],
      ['--no-incomplete-dir', 'incomplete-dir-enabled', false],
      ['--downlimit 100', 'speed-limit-down', 100],
      ['--no-downlimit', 'speed-limit-down-enabled', false],
      ['--uplimit 50', 'speed-limit-up-enabled', true],
      ['--no-uplimit', 'speed-limit-up-enabled', false],
      ['--encryption-tolerated', 'encryption', 'tolerated'],
      ['--no-portmap', 'port-forwarding-enabled', false],
      ['--no-dht', 'dht-enabled', false],
      ['--random-port', 'peer-port-random-on-start', true],
      ['--no-torrent-done-script', 'script-torrent-done-enabled', false],
      ['--global-seedratio 2.5', 'seedRatioLimit', 2.5],
      ['--no-global-seedratio', 'seedRatioLimited', false],
      ['--start-paused', 'start-added-torrents', false],
      ['--no-start-paused', 'start-added-torrents', true],
      ['--no-trash-torrent', 'trash-original-torrent-files', false],
      ['--utp', 'utp-enabled', true],
      ['--pex', 'pex-enabled', true],
      ['--no-lpd', 'lpd-enabled', false],
    ])('sets the session with %s', async (args, key, value) => {
      await succeeds(...args.split(' '))
      expect(await call('session-get', { fields: [key] })).toEqual({ [key]: value })
    })

    it.each<readonly [args: string, fields: Record<string, unknown>]>([
      ['--downlimit 100', { downloadLimit: 100, downloadLimited: true }],
      ['--no-downlimit', { downloadLimited: false }],
      ['--uplimit 50', { uploadLimit: 50, uploadLimited: true }],
      ['--no-uplimit', { uploadLimited: false }],
      ['--no-get 0', { wanted: [0, 1] }],
      ['--get all', { wanted: [1, 1] }],
      ['--priority-high 0', { priorities: [1, 0] }],
      ['--priority-low 1', { priorities: [1, -1] }],
      ['--priority-normal all', { priorities: [0, 0] }],
      ['--labels x,y', { labels: ['x', 'y'] }],
      ['--bandwidth-normal', { bandwidthPriority: 0 }],
      ['--honor-session', { honorsSessionLimits: true }],
      ['--peers 30', { 'peer-limit': 30 }],
      ['--seedratio 1.5', { seedRatioLimit: 1.5, seedRatioMode: 1 }],
      ['--no-seedratio', { seedRatioMode: 2 }],
      ['--seedratio-default', { seedRatioMode: 0 }],
      ['--tracker-add http://127.0.0.1:9/x', { trackerList: 'http://127.0.0.1:1/announce\n\nhttp://127.0.0.1:9/x' }],
      ['--tracker-remove 0', { trackerList: 'http://127.0.0.1:9/x' }],
      ['--stop', { status: 0 }],
      ['--start', { status: 6 }],
      ['--verify', { status: 6 }],
      ['--reannounce', { status: 6 }],
    ])('changes a torrent with %s', async (args, fields) => {
      await succeeds('-t', '2', ...args.split(' '))
      await expect.poll(() => torrent(2, ...Object.keys(fields)), PATIENCE).toEqual(fields)
    })

    it.each([
      '--blocklist-update',
      '--incomplete-dir /tmp',
      '--cache 4',
      '--encryption-required',
      '--encryption-preferred',
      '--portmap',
      '--dht',
      '--port 1234',
      '--port-test',
      '--peers 60',
      '--torrent-done-script /bin/true',
      '--trash-torrent',
      '--no-utp',
      '--no-pex',
      '--lpd',
      '--download-dir /etc',
      '-t 1 --bandwidth-high',
      '-t 1 --bandwidth-low',
      '-t 1 --no-honor-session',
      '-t 1 --move /etc',
    ])('is told why not with %s', async (args) => {
      expect(await remote(...args.split(' '))).toMatch(/^Error: .+/m)
    })

    it('moves, finds, adds by link and removes torrents, and ends the daemon', async () => {
      const other = join(folder, 'downloads', 'other')
      await succeeds('-t', '2', '--move', other)
      expect(existsSync(join(other, 'two', 'a'))).toBe(true)
      await succeeds('-t', '2', '--find', other)
      const link = `magnet:?xt=urn:btih:${'ab'.repeat(20)}&dn=linked`
      await succeeds('--start-paused', '--add', link, '--download-dir', other)
      expect(await torrent(3, 'name', 'downloadDir', 'status')).toEqual({
        name: 'linked',
        downloadDir: other,
        status: 0,
      })
      await succeeds('--download-dir', other)
      await succeeds('-t', '1', '--remove')
      expect(existsSync(join(folder, 'downloads', 'one'))).toBe(true)
      await succeeds('-t', '2', '--remove-and-delete')
      expect(existsSync(join(other, 'two'))).toBe(false)
      expect(await remote('-t', 'all', '--list')).not.toContain('two')
      await succeeds('--exit')
      await expect.poll(() => remote('--list'), PATIENCE).toContain("Couldn't connect")
    })
  },
)
