// create, edit, info and magnet: torrent files of every kind, and what is refused.

import { execFileSync, spawnSync } from 'node:child_process'
import { chmod, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CliProcess, runCli, temporaryFolder } from './cli-process.ts'
import type { CliResult, TemporaryFolder } from './cli-process.ts'
import { writeSamples } from './sample-data.ts'

const FILES = { 't/b/two': 100_000, 't/a': 5, 't/C': 70_000, 't/empty': 0, 't/x.tmp': 3, 't/.git/HEAD': 9 }
const NOTES =
  '--tracker http://a.example/x,udp://b.example:1 --tracker wss://c.example/ --webseed http://w.example/ --private ' +
  '--similar 0123456789abcdef0123456789abcdef01234567 --collection one --collection two --comment ünï --source S'

interface Info {
  readonly kind: string
  readonly infoHash: string
  readonly infoHashV1?: string
  readonly infoHashV2?: string
  readonly dataLength: number
  readonly totalLength: number
  readonly comment?: string
  readonly files: readonly {
    readonly path: string
    readonly isExecutable?: boolean
    readonly symlink?: string
    readonly piecesRoot?: string
  }[]
}

async function sampleFolder(): Promise<TemporaryFolder> {
  const folder = await temporaryFolder()
  await writeSamples(folder.path, FILES)
  await chmod(join(folder.path, 't/a'), 0o755)
  await symlink('b/two', join(folder.path, 't/link'))
  await symlink('/etc/hosts', join(folder.path, 't/out'))
  return folder
}

function last({ code, stdout, stderr }: CliResult): unknown {
  expect(code, stderr).toBe(0)
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')
}

async function infoOf(path: string, cwd: string): Promise<Info> {
  return last(await runCli(['info', path, '--json'], { cwd })) as Info
}

function works(program: string, ...args: string[]): boolean | undefined {
  const { error, status } = spawnSync(program, args, { stdio: 'ignore' })
  return error === undefined ? status === 0 : undefined
}

describe('ccbt create', () => {
  it.each(['v1', 'v2', 'hybrid'])('makes a %s torrent that says all it was told', async (kind) => {
    await using folder = await sampleFolder()
    const cwd = folder.path
    const args = [
      'create',
      't',
      `--${kind}`,
      '--piece-size',
      '16KiB',
      '--exclude',
      '*.tmp',
      '--exclude',
      '.git',
      ...NOTES.split(' '),
    ]
    const created = await runCli([...args, '--json', '--date', '2026-01-31'], { cwd })
    const info = await infoOf('t.torrent', cwd)
    expect(info).toMatchObject({
      kind,
      dataLength: 170_005,
      isPrivate: true,
      trackers: [['http://a.example/x', 'udp://b.example:1'], ['wss://c.example/']],
      webSeeds: ['http://w.example/'],
      similar: ['0123456789abcdef0123456789abcdef01234567'],
      collections: ['one', 'two'],
      comment: 'ünï',
      source: 'S',
      creationDate: 1_769_817_600,
      warnings: [],
    })
    expect(info.files.map(({ path }) => path)).toEqual(['t/C', 't/a', 't/b/two', 't/empty', 't/link'])
    expect(info.files.map(({ isExecutable }) => isExecutable === true)).toEqual([false, true, false, false, false])
    expect(info.files.map(({ symlink: target }) => target)).toEqual([...Array<undefined>(4), 't/b/two'])
    const roots = info.files.filter(({ piecesRoot }) => piecesRoot !== undefined)
    expect(roots).toHaveLength(kind === 'v1' ? 0 : 3)
    const { infoHash, infoHashV1, infoHashV2 } = info
    expect(last(created)).toMatchObject({ event: 'complete', kind, infoHash, bytes: 170_005, files: 5 })
    expect([infoHashV1?.length, infoHashV2?.length]).toEqual(
      { v1: [40, undefined], v2: [undefined, 64], hybrid: [40, 64] }[kind],
    )
    expect(created.stdout).toContain('left out out: a symbolic link that leads out of the folder')
    const { stdout: magnet } = await runCli(['magnet', 't.torrent'], { cwd })
    expect(magnet.includes('urn:btmh:1220')).toBe(kind !== 'v1')
    expect(magnet.includes('urn:btih:')).toBe(kind !== 'v2')
  })

  it('makes the same bytes of the same files', async () => {
    await using folder = await sampleFolder()
    const cwd = folder.path
    const make = async (
      output: string,
      options: { env?: Record<string, string> },
      ...flags: string[]
    ): Promise<Buffer> => {
      expect(await runCli(['create', 't', '--hybrid', '-o', output, ...flags], { cwd, ...options })).toMatchObject({
        code: 0,
      })
      return readFile(join(cwd, output))
    }
    const first = await make('1', {}, '--date', '1000000000')
    expect((await make('2', {}, '--date', '2001-09-09T01:46:40Z')).equals(first)).toBe(true)
    expect((await make('3', { env: { SOURCE_DATE_EPOCH: '1000000000' } })).equals(first)).toBe(true)
    expect((await make('4', {}, '--date', 'none')).includes('creation date')).toBe(false)
  })

  it('warns of names that are others on disk', async () => {
    await using folder = await temporaryFolder()
    const cwd = folder.path
    await writeSamples(cwd, { 't/b': 10, 't/B': 10 })
    const { code, stderr } = await runCli(['create', 't'], { cwd })
    expect(code).toBe(0)
    expect(stderr).toMatch(/^ccbt: warning: t\/b is no name for every system, so it becomes t\/b~\w+ on disk: .*\n$/)
  })

  it('aligns the files of a v1 torrent, which other programs read', async () => {
    await using folder = await sampleFolder()
    const cwd = folder.path
    await runCli(['create', 't', '--align', '--piece-size', '32KiB', '-q'], { cwd })
    const info = await infoOf('t.torrent', cwd)
    expect(info.kind).toBe('v1')
    expect(info.totalLength % 32_768).toBe(3)
    expect(info.dataLength).toBe(170_017)
    // `undefined` where the program is not installed.
    expect(works('transmission-show', join(cwd, 't.torrent'))).not.toBe(false)
    expect(works('aria2c', '-S', join(cwd, 't.torrent'))).not.toBe(false)
  })

  it.each(['v1', 'v2', 'hybrid'])('makes no %s torrent of a file that is changed while it is hashed', async (kind) => {
    await using folder = await temporaryFolder()
    const cwd = folder.path
    await writeFile(join(cwd, 'hole'), '')
    await truncate(join(cwd, 'hole'), 4 * 2 ** 30)
    await using create = new CliProcess(['create', 'hole', `--${kind}`, '--json'], { cwd })
    await create.untilEvent('progress')
    await truncate(join(cwd, 'hole'), 100)
    expect(await create.ended).toMatchObject({
      code: 17,
      stderr: expect.stringMatching(/^ccbt: .*hole is shorter.*\n$/),
    })
    expect(await readdir(cwd)).toEqual(['hole'])
  })

  it('says what it cannot make a torrent of', async () => {
    await using folder = await sampleFolder()
    const cwd = folder.path
    const failure = async (...args: string[]): Promise<string> => {
      const { code, stderr } = await runCli(['create', ...args], { cwd })
      expect(code).not.toBe(0)
      return stderr
    }
    execFileSync('mkfifo', [join(cwd, 'pipe')])
    await symlink('loop', join(cwd, 'loop'))
    expect(await failure('pipe')).toMatch(/^ccbt: pipe is neither a file nor a folder\n$/)
    expect(await failure('loop')).toMatch(/^ccbt: loop: symbolic links in a loop\n$/)
    expect(await failure('t/empty')).toMatch(/no data/)
    expect(await failure('t', '--v1', '--hybrid')).toMatch(/cannot be used with/)
    await writeFile(Buffer.concat([Buffer.from(join(cwd, 't/')), Buffer.from([0xff])]), 'x')
    expect(await failure('t')).toMatch(/^ccbt: \ufffd: the name is not valid UTF-8/)
  })
})

describe('ccbt edit', () => {
  it('changes what is beside the info, in place and with the permissions that were there', async () => {
    await using folder = await sampleFolder()
    const cwd = folder.path
    for (const name of ['1', '2'])
      await runCli(['create', 't', '--hybrid', '-o', name, ...NOTES.split(' '), '-q'], { cwd })
    await chmod(join(cwd, '1'), 0o600)
    await symlink('1', join(cwd, 'link'))
    const before = await infoOf('1', cwd)
    const trackers = ['--remove-tracker', 'udp://b.example:1', '--add-tracker', 'udp://n.example:1,http://a.example/x']
    const args = [...trackers, '--no-webseeds', '--add-webseed', 'http://n.example/', '--comment', '']
    expect(await runCli(['edit', 'link', '2', ...args], { cwd })).toMatchObject({ code: 0 })
    for (const name of ['1', '2']) {
      const { comment: _, ...rest } = before
      expect(await infoOf(name, cwd)).toEqual({
        ...rest,
        creationDate: expect.any(Number),
        trackers: [['http://a.example/x'], ['wss://c.example/'], ['udp://n.example:1']],
        webSeeds: ['http://n.example/'],
      })
    }
    expect((await stat(join(cwd, '1'))).mode & 0o777).toBe(0o600)
    expect((await readdir(cwd)).sort()).toEqual(['1', '2', 'link', 't'])
    const again = await runCli(['edit', '1', ...args, '--json'], { cwd })
    expect(last(again)).toMatchObject({ event: 'edited', isChanged: false, infoHash: before.infoHash })
  })

  it('writes another file, and refuses what makes no sense', async () => {
    await using folder = await sampleFolder()
    const cwd = folder.path
    await runCli(['create', 't', '-o', '1', '-q'], { cwd })
    const original = await readFile(join(cwd, '1'))
    expect(await runCli(['edit', '1', '-o', '2', '--comment', 'x'], { cwd })).toMatchObject({ code: 0 })
    expect((await readFile(join(cwd, '1'))).equals(original)).toBe(true)
    expect(await runCli(['edit', '1', '-o', '2', '--comment', 'x'], { cwd })).toMatchObject({ code: 13 })
    expect(await runCli(['edit', '1', '2', '-o', '3', '--comment', 'x'], { cwd })).toMatchObject({ code: 64 })
    expect(await runCli(['edit', '1'], { cwd })).toMatchObject({ code: 64 })
    expect(await runCli(['edit', 't/a', '--comment', 'x'], { cwd })).toMatchObject({ code: 26 })
    await rm(join(cwd, '1'))
    expect(await runCli(['edit', '1', '--comment', 'x'], { cwd })).toMatchObject({ code: 3 })
  })
})
