// Each way to fail: its exit status, and one line that says what failed.

import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CliProcess, runCli } from './cli-process.ts'
import type { CliResult } from './cli-process.ts'
import { writeSamples } from './sample-data.ts'
import { startSwarm } from './swarm.ts'

const isRoot = process.getuid?.() === 0

let cwd = ''
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'ccbt-fail-'))
  await writeSamples(join(cwd, 'data'), { 'one.bin': 100_000 })
  expect(await runCli(['create', 'data/one.bin', '-o', 'one.torrent'], { cwd })).toMatchObject({ code: 0 })
})
afterAll(() => rm(cwd, { recursive: true, force: true }))

function expectFailure(result: CliResult, code: number, pattern: RegExp): void {
  expect(result).toMatchObject({ code, stderr: expect.stringMatching(pattern) })
  expect(result.stderr.trimEnd().split('\n')).toHaveLength(1)
  expect(result.stderr).toMatch(/^ccbt: /)
}

describe('the torrent', () => {
  it('is not there: 3', async () => {
    expectFailure(await runCli(['add', 'absent.torrent'], { cwd }), 3, /absent\.torrent: no such file/)
    expectFailure(await runCli(['info', 'one.torrent/x'], { cwd }), 3, /no such file/)
  })

  it('is a folder: 15', async () => {
    expectFailure(await runCli(['info', 'data'], { cwd }), 15, /data/)
  })

  it.each([
    ['an empty file', ''],
    ['text', 'hello, world\n'],
    ['a truncated dictionary', 'd4:infod6:lengthi10e'],
    ['an integer with leading zeros', 'd4:infod6:lengthi0010e4:name1:a12:piece lengthi16384e6:pieces0:ee'],
    ['deep nesting', 'l'.repeat(100_000)],
    ['a list', 'le'],
    ['no info', 'd8:announce3:urle'],
    ['info of the wrong type', 'd4:infoi5ee'],
    ['too few hashes', 'd4:infod6:lengthi100000e4:name1:a12:piece lengthi16384e6:pieces20:aaaaaaaaaaaaaaaaaaaaee'],
    ['a piece length of 0', 'd4:infod6:lengthi1e4:name1:a12:piece lengthi0e6:pieces20:aaaaaaaaaaaaaaaaaaaaee'],
    ['a negative length', 'd4:infod6:lengthi-1e4:name1:a12:piece lengthi16384e6:pieces20:aaaaaaaaaaaaaaaaaaaaee'],
  ])('is %s: 26', async (_name, content) => {
    await writeFile(join(cwd, 'bad.torrent'), content)
    expectFailure(await runCli(['info', 'bad.torrent'], { cwd }), 26, /./)
  })

  it('is bigger than any torrent: 26, without reading it', async () => {
    await writeFile(join(cwd, 'huge.torrent'), '')
    await truncate(join(cwd, 'huge.torrent'), 3 * 1024 ** 3)
    expectFailure(await runCli(['info', 'huge.torrent'], { cwd }), 26, /too big/)
  })

  it('is a bad magnet link, or one where a torrent file is needed: 27', async () => {
    expectFailure(await runCli(['add', 'magnet:?xt=urn:btih:abc'], { cwd }), 27, /info-hash/)
    const result = await runCli(['verify', `magnet:?xt=urn:btih:${'a'.repeat(40)}`], { cwd })
    expectFailure(result, 27, /magnet/)
  })

  it('is behind a server that says 404, or that is not there: 3, 6', async () => {
    const server = createServer((_request, response) => response.writeHead(404).end()).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a.torrent`
    expectFailure(await runCli(['info', url], { cwd }), 3, /404/)
    server.close()
    await once(server, 'close')
    expectFailure(await runCli(['info', url], { cwd }), 6, /ECONNREFUSED/)
  })
})

describe('options that only the torrent can judge', () => {
  it.each(['7', '0-9', '*.mp3'])('--select %s: 64', async (list) => {
    expectFailure(await runCli(['add', 'one.torrent', '-o', 'out', '--select', list], { cwd }), 64, /--select/)
  })
})

describe('places', () => {
  it('the output of create is taken: 13', async () => {
    expectFailure(await runCli(['create', 'data/one.bin', '-o', 'one.torrent'], { cwd }), 13, /--force/)
  })

  it('the output folder of create is not there: 16', async () => {
    expectFailure(await runCli(['create', 'data', '-o', 'no/where.torrent'], { cwd }), 16, /no such folder/)
  })

  it('what create is given is not there: 3', async () => {
    expectFailure(await runCli(['create', 'absent'], { cwd }), 3, /absent: no such file or folder/)
  })

  it('the data folder of seed is not there: 3', async () => {
    expectFailure(await runCli(['seed', 'one.torrent', '--data', 'absent'], { cwd }), 3, /absent: no such folder/)
  })

  it('the download folder is a file', async () => {
    const { code, stderr } = await runCli(['add', 'one.torrent', '-o', 'data/one.bin'], { cwd })
    expect([15, 16, 17]).toContain(code)
    expect(stderr).toMatch(/^ccbt: .*one\.bin/)
  })

  it('the file to write is a symbolic link: not followed', async () => {
    await mkdir(join(cwd, 'linked'))
    await symlink('/etc/hostname', join(cwd, 'linked/one.bin'))
    const { code, stderr } = await runCli(['add', 'one.torrent', '-o', 'linked', '--check'], { cwd })
    expect([15, 16, 17]).toContain(code)
    expect(stderr).toMatch(/^ccbt: .*one\.bin/)
  })

  it.skipIf(isRoot)('the download folder cannot be written (needs a user that is not root)', async () => {
    await mkdir(join(cwd, 'locked'))
    await chmod(join(cwd, 'locked'), 0o500)
    const { code } = await runCli(['add', 'one.torrent', '-o', 'locked'], { cwd })
    expect([16, 17]).toContain(code)
  })

  it('the port is in use: 6', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const port = String((server.address() as AddressInfo).port)
    const args = ['add', 'one.torrent', '-o', 'out', '--port', port, '--bind', '127.0.0.1']
    expectFailure(await runCli(args, { cwd }), 6, /in use/)
    server.close()
  })

  it('verify finds nothing: 32', async () => {
    const result = await runCli(['verify', 'one.torrent', '--data', 'absent'], { cwd })
    expect(result).toMatchObject({ code: 32, stdout: expect.stringMatching(/^missing\s+one\.bin$/m) })
  })
})

describe('during a download', () => {
  it.skipIf(!isRoot)('the disk is full: 9 (needs root to mount a small file system)', async () => {
    await using swarm = await startSwarm({ files: { 'big.bin': 12_000_000 }, seedArguments: ['--upload-limit', '2M'] })
    const small = join(swarm.folder, 'small')
    await mkdir(small)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', small])
    try {
      const ballast = join(small, 'ballast')
      const args = ['add', swarm.torrent, '-o', small, ...swarm.peerArguments]
      await writeFile(ballast, new Uint8Array(8_000_000))
      expectFailure(await runCli(args, { cwd: swarm.folder }), 9, /not enough space/)
      await rm(ballast)
      await using download = new CliProcess([...args, '--json'], { cwd: swarm.folder })
      await download.untilEvent('progress', ({ bytesDone }) => Number(bytesDone) > 0)
      // The rest of the disk is taken by somebody else.
      await writeFile(ballast, new Uint8Array(16_000_000)).catch(() => undefined)
      expect(await download.untilEvent('error')).toMatchObject({ code: 'DISK_NO_SPACE' })
      expect((await download.ended).code).toBe(9)
    } finally {
      execFileSync('umount', [small])
    }
  })

  it('a second download of the same torrent to the same folder: 11', async () => {
    await using swarm = await startSwarm({ files: { 'a.bin': 4_000_000 }, seedArguments: ['--upload-limit', '300K'] })
    const args = ['add', swarm.torrent, '-o', 'out', '--json', ...swarm.peerArguments]
    await using first = new CliProcess(args, { cwd: swarm.folder })
    await first.untilEvent('progress')
    const second = await runCli(['add', swarm.torrent, '-o', 'out'], { cwd: swarm.folder })
    expectFailure(second, 11, /./)
    expect((await first.stop()).code).toBe(130)
  })
})
