// The commands that ask a daemon about its torrents, against a real one, and `ccbt add` when one runs.

import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encode } from '@ccbt/bencode'
import { buildTorrent } from '@ccbt/metainfo'
import { beforeAll, describe, expect, it } from 'vitest'
import { CliProcess, temporaryFolder } from './cli-process.ts'
import { DaemonHome } from './daemon-process.ts'

const HOSTILE = 'evil\x1b[2J\u202egnp.exe'

let place: DaemonHome

beforeAll(async () => {
  const folder = await temporaryFolder()
  place = new DaemonHome(folder.path)
  const daemon = await place.start('--download-dir', join(folder.path, 'downloads'))
  return async () => {
    await daemon[Symbol.asyncDispose]()
    await folder[Symbol.asyncDispose]()
  }
})

/** Makes the torrent of a file that nobody has. */
async function torrentFile(name: string, title: string = name): Promise<string> {
  const path = join(place.options.cwd, `${name}.torrent`)
  const bytes = buildTorrent({
    name: title,
    files: ['a.txt', 'b.nfo', 'c.bin'].map((file) => ({ path: [file], length: 16_384 })),
    isMultiFile: true,
    pieceLength: 16_384,
    pieceHashes: new Uint8Array(60).fill(name.charCodeAt(0)),
    trackers: [],
  })
  await writeFile(path, bytes)
  return path
}

async function json(...args: readonly string[]): Promise<readonly Record<string, unknown>[]> {
  const { code, stdout, stderr } = await place.run(...args, '--json')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

describe('a torrent of the daemon', () => {
  it('is added, listed, changed and removed', async () => {
    const file = await torrentFile('first')
    const added = await place.run('add', file)
    expect(added).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringMatching(/^the daemon downloads it: 1 first /),
    })
    expect(added.stdout.trimEnd().split('\n')).toHaveLength(1)
    expect(await json('add', file)).toMatchObject([{ event: 'handed-over', kind: 'duplicate', id: 1, name: 'first' }])
    const [row] = await json('list')
    expect(row).toMatchObject({
      event: 'torrent',
      id: 1,
      name: 'first',
      directory: join(place.options.cwd, 'downloads'),
    })
    expect((await place.run('list')).stdout).toMatch(/^ID +STATE .*NAME\n +1 +\w+ .* first\n$/)
    expect(await json('pause', 'FIRST')).toMatchObject([{ event: 'done', action: 'pause', id: 1 }])
    await expect.poll(async () => (await json('list', '1'))[0]?.['phase']).toBe('paused')
    expect(await json('label', '1', 'films', 'new')).toHaveLength(1)
    expect((await json('show', String(row?.['infoHash']).slice(0, 8)))[0]).toMatchObject({
      event: 'torrent',
      row: { labels: ['films', 'new'] },
    })
    expect((await place.run('show', '1')).stdout).toMatch(/^labels +films, new$/m)
    expect(await json('files', '1')).toMatchObject([{ path: 'first/a.txt' }, { path: 'first/b.nfo' }, { index: 2 }])
    expect(await json('peers', '1')).toEqual([])
    expect((await place.run('trackers', '1')).stdout).toMatch(/^TIER +STATE/)
    expect((await place.run('resume', 'all')).stdout).toBe('resumed 1 first\n')
    expect((await place.run('verify', 'first')).stdout).toBe('verifying 1 first\n')
    expect((await place.run('reannounce', '1')).code).toBe(0)
    expect((await place.run('remove', 'fir*')).stdout).toBe('removed 1 first\n')
    expect(await json('list')).toEqual([])
    expect(await place.run('pause', '1')).toMatchObject({ code: 3, stderr: expect.stringContaining("no torrent '1'") })
  })

  it('runs although the queue is full when it is told to, and its files get other names', async () => {
    await place.run('add', await torrentFile('queued'))
    const phase = async (): Promise<unknown> => (await json('list', 'queued'))[0]?.['phase']
    await place.run('config', 'set', 'queue.max_downloads', '0')
    await expect.poll(phase).toBe('queued')
    expect((await place.run('resume', 'queued')).code).toBe(0)
    expect(await phase()).toBe('queued')
    expect(await json('resume', 'queued', '--now')).toMatchObject([{ action: 'start-now' }])
    await expect.poll(phase).toBe('downloading')
    await place.run('config', 'set', 'queue.max_downloads', '--unset')
    expect((await place.run('rename', 'queued', 'queued/b.nfo', 'about.nfo')).code).toBe(0)
    expect(await json('files', 'queued')).toMatchObject([{}, { path: 'queued/about.nfo' }, {}])
    expect((await place.run('rename', 'queued', 'queued/a.txt', '../a.txt')).stderr).toContain('no slashes')
    await place.run('remove', 'queued')
  })

  it('with a hostile name harms no terminal', async () => {
    await place.run('add', await torrentFile('evil', HOSTILE))
    for (const args of [
      ['list'],
      ['show', 'evil'],
      ['files', 'evil'],
      ['pause', 'evil'],
      ['top'],
      ['list', '--json'],
    ]) {
      const { code, stdout } = await place.run(...args)
      expect(code).toBe(0)
      expect(stdout).toContain('gnp.exe')
      expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    }
    expect((await place.run('remove', 'evil')).code).toBe(0)
  })

  it('is followed until it is complete', async () => {
    const data = join(place.options.cwd, 'downloads', 'done')
    await mkdir(data, { recursive: true })
    await writeFile(join(data, 'x'), 'some data')
    const file = join(place.options.cwd, 'done.torrent')
    expect((await place.run('create', data, '-o', file)).code).toBe(0)
    await rename(join(data, 'x'), join(data, 'y'))
    await place.run('add', file)
    await using watch = new CliProcess(['watch', 'done', '--until-complete', '--json'], place.options)
    await watch.untilEvent('torrent', ({ phase }) => phase === 'downloading')
    await rename(join(data, 'y'), join(data, 'x'))
    expect((await place.run('verify', 'done')).code).toBe(0)
    const { code } = await watch.ended
    expect(code).toBe(0)
    expect(watch.events.at(-1)).toMatchObject({ wantedDone: 9 })
    expect((await place.run('remove', 'done')).code).toBe(0)
    expect(existsSync(join(data, 'x'))).toBe(true)
  })
})

describe('ccbt add while a daemon runs', () => {
  it('puts the torrent where the user says, with the files that he wants', async () => {
    const output = join(place.options.cwd, 'elsewhere')
    expect((await place.run('add', await torrentFile('some'), '-o', 'elsewhere', '--select', '*.nfo')).code).toBe(0)
    const [row] = await json('list', 'some')
    expect(row).toMatchObject({ directory: output })
    await expect.poll(async () => (await json('list', 'some'))[0]?.['wantedLength']).toBe(16_384)
    await place.run('remove', 'some')
  })

  it('gives it to the daemon paused and with labels, or to nobody', async () => {
    const file = await torrentFile('later')
    const given = await place.run('add', file, '--paused', '--label', 'films', '--label', 'new')
    expect(given.stdout).toContain('the daemon has it, paused')
    const [row] = await json('list', 'later')
    expect(row).toMatchObject({ phase: 'paused', labels: ['films', 'new'] })
    await place.run('remove', 'later')
    expect(await place.run('add', file, '--paused', '--foreground')).toMatchObject({
      code: 64,
      stderr: expect.stringContaining("only a daemon keeps torrents for later, and by label ('ccbt daemon start')"),
    })
  })

  it.each([
    [['--foreground'], ''],
    [['--max-peers', '3'], 'downloaded here, not by the daemon, which has no --max-peers'],
  ])(
    'downloads here with %j',
    async (flags, warning) => {
      const file = await torrentFile(`here${flags.length}`)
      await using foreground = new CliProcess(['add', file, '--json', ...flags], place.options)
      await foreground.untilEvent('added')
      expect(await json('list')).toEqual([])
      await foreground.stop()
      expect(foreground.stdout).toContain(warning)
    },
    60_000,
  )

  it('has its own way when the daemon is gone and left its socket', async () => {
    const folder = await temporaryFolder()
    const other = new DaemonHome(folder.path)
    const daemon = await other.start()
    await daemon.process.stop('SIGKILL')
    expect(existsSync(join(other.stateDir, 'daemon.sock'))).toBe(true)
    await using foreground = new CliProcess(['add', await torrentFile('alone'), '--json'], other.options)
    await foreground.untilEvent('added')
    await foreground.stop()
    await folder[Symbol.asyncDispose]()
  })
})

describe('the daemon as a whole', () => {
  it('is limited, and tells figures', async () => {
    expect((await place.run('limit', '--download', '2M', '--upload', '0')).stdout).toContain('down 2.00 MB/s, up none')
    expect(await json('stats')).toMatchObject([{ event: 'stats', downloadLimitBps: 2_000_000, torrents: 0 }])
    expect((await place.run('stats')).stdout).toMatch(/^process +[\d.]+ MB of memory/m)
    expect(await place.run('limit')).toMatchObject({ code: 64 })
    expect((await place.run('log')).code).toBe(0)
  })

  it('that is not there is said to be, in one line', async () => {
    const { code, stderr } = await place.run('list', '--daemon', 'http://127.0.0.1:1')
    expect({ code, stderr }).toEqual({
      code: 6,
      stderr: expect.stringMatching(/^ccbt: cannot reach the daemon at .*\n$/),
    })
    expect((await readFile(join(place.stateDir, 'daemon.db'))).length).toBeGreaterThan(0)
  })
})

describe('a torrent of another program', () => {
  it('is taken over with its folder, its labels and its trackers', async () => {
    const folder = join(place.options.cwd, 'BT_backup')
    const data = join(place.options.cwd, 'foreign-data')
    await mkdir(folder)
    await mkdir(data)
    await writeFile(join(folder, 'one.torrent'), await readFile(await torrentFile('foreign')))
    const trackers = [['http://127.0.0.1:1/announce']]
    const record = { 'qBt-savePath': data, 'qBt-category': 'films', paused: 1, auto_managed: 0, trackers }
    await writeFile(join(folder, 'one.fastresume'), encode(record))
    await writeFile(join(folder, 'two.torrent'), 'damaged')
    const outcomes = await json('import', 'qbittorrent', folder)
    expect(outcomes.map(({ name, result }) => `${String(result)} ${String(name)}`).toSorted()).toEqual([
      'added foreign',
      'skipped two',
    ])
    expect(await json('list', 'foreign')).toMatchObject([
      { name: 'foreign', directory: data, labels: ['films'], trackerHost: '127.0.0.1' },
    ])
    expect(await json('import', 'qbittorrent', folder)).toContainEqual({
      event: 'imported',
      name: 'foreign',
      result: 'duplicate',
      reason: '',
    })
    await json('remove', 'foreign')
  })
})
