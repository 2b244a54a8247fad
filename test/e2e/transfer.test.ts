// create, info, seed, add and verify together: what arrives is what was sent.

import { mkdir, readdir, readlink, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CliProcess, runCli, temporaryFolder } from './cli-process.ts'
import { treeDigest, writeSamples } from './sample-data.ts'
import { startSwarm } from './swarm.ts'

const ODD_FILES = {
  'tree/0 empty': 0,
  'tree/1 byte': 1,
  'tree/a/16383.bin': 16_383,
  'tree/a/16384.bin': 16_384,
  'tree/a/b/c/16385.bin': 16_385,
  'tree/ünï cödé/日本語 😀.txt': 70_001,
  "tree/100% #1 [x] 'q' & +.bin": 1_234_567,
  'tree/z/last': 3,
}

describe('a torrent with odd files', () => {
  it('arrives as it was sent', async () => {
    await using swarm = await startSwarm({ files: ODD_FILES, createArguments: ['--piece-size', '32KiB'] })
    const cwd = swarm.folder
    const info = JSON.parse((await runCli(['info', swarm.torrent, '--json'], { cwd })).stdout) as InfoObject
    expect(info.files.map(({ path }) => path)).toEqual(
      Object.keys(ODD_FILES).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
    )
    const added = await runCli(['add', swarm.torrent, '-o', 'out', ...swarm.peerArguments], { cwd })
    expect(added).toMatchObject({ code: 0, stderr: '' })
    expect(await treeDigest(join(cwd, 'out'))).toEqual(await treeDigest(swarm.source))
    expect(await runCli(['verify', swarm.torrent, '--data', 'out'], { cwd })).toMatchObject({ code: 0 })
    expect((await swarm.seeder.stop()).code).toBe(0)
  })

  it('arrives with its links, and with nothing behind one that is in the way', async () => {
    const links = { 'tree/a/to-last': '../z/last', 'tree/folder': 'a/b' }
    await using swarm = await startSwarm({ files: ODD_FILES, links, createArguments: ['--hybrid'] })
    const cwd = swarm.folder
    const add = (...more: string[]): ReturnType<typeof runCli> =>
      runCli(['add', swarm.torrent, ...more, ...swarm.peerArguments], { cwd })
    expect(await add('-o', 'out')).toMatchObject({ code: 0, stderr: '' })
    for (const [path, text] of Object.entries(links)) expect(await readlink(join(cwd, 'out', path))).toBe(text)
    expect(await runCli(['verify', swarm.torrent, '--data', 'out'], { cwd })).toMatchObject({ code: 0 })
    await mkdir(join(cwd, 'other/tree'), { recursive: true })
    await mkdir(join(cwd, 'outside'))
    await symlink(join(cwd, 'outside'), join(cwd, 'other/tree/folder'))
    expect(await add('-o', 'other')).toMatchObject({ code: 0 })
    expect(await readdir(join(cwd, 'outside'))).toEqual([])
    expect(await readlink(join(cwd, 'other/tree/folder'))).toBe(join(cwd, 'outside'))
  })

  it('creates only the files that are selected', async () => {
    await using swarm = await startSwarm({ files: ODD_FILES, createArguments: ['--piece-size', '64KiB'] })
    const cwd = swarm.folder
    const select = ['--select', '**/*.txt', '--select', 'z/*']
    const args = ['add', swarm.torrent, '-o', 'out', ...select, ...swarm.peerArguments]
    expect(await runCli(args, { cwd })).toMatchObject({ code: 0 })
    const got = await treeDigest(join(cwd, 'out'))
    const sent = await treeDigest(swarm.source)
    const wanted = Object.entries(sent).filter(([path]) => path.endsWith('.txt') || path.startsWith('tree/z/'))
    expect(got).toEqual(Object.fromEntries(wanted))
  })
})

interface InfoObject {
  readonly infoHash: string
  readonly files: readonly { readonly index: number; readonly path: string; readonly length: number }[]
}

describe('a single file', () => {
  it('arrives through a tracker, and verify finds every kind of damage', async () => {
    await using folder = await temporaryFolder()
    const cwd = folder.path
    await writeSamples(join(cwd, 'source'), { 'one.bin': 3_000_001 })
    await using tracker = new CliProcess(['tracker', '--port', '0', '--interval', '2s'], { cwd })
    const url = await tracker.until((process) => /^http:\S+$/m.exec(process.stdout)?.[0])
    const create = ['create', 'source/one.bin', '--tracker', url, '--comment', 'a remark', '--private', '--json']
    const created = await runCli(create, { cwd })
    expect(created.code).toBe(0)
    await using seeder = new CliProcess(['seed', 'one.bin.torrent', '--data', 'source', '--json'], { cwd })
    await seeder.untilEvent('tracker-working')
    const added = await runCli(['add', 'one.bin.torrent', '-o', 'out', '--json'], { cwd })
    expect(added.code).toBe(0)
    expect(await treeDigest(join(cwd, 'out'))).toEqual(await treeDigest(join(cwd, 'source')))

    const path = join(cwd, 'out/one.bin')
    await writeFile(path, 'x', { flag: 'r+' })
    const damaged = await runCli(['verify', 'one.bin.torrent', '--data', 'out'], { cwd })
    expect(damaged).toMatchObject({
      code: 32,
      stdout: expect.stringMatching(/^damaged\s+one\.bin \(1 of \d+ pieces\)$/m),
    })
    await truncate(path, 1000)
    const short = await runCli(['verify', 'one.bin.torrent', '--data', 'out', '--json'], { cwd })
    expect(short.code).toBe(32)
    const [problem, end] = short.stdout
      .trimEnd()
      .split('\n')
      .slice(-2)
      .map((line): unknown => JSON.parse(line))
    expect(problem).toEqual({ event: 'file', problem: 'size', path: 'one.bin', size: 1000, length: 3_000_001 })
    expect(end).toMatchObject({ event: 'incomplete', piecesDone: 0, badFiles: 1 })
    expect(await runCli(['verify', 'one.bin.torrent', '--data', 'nowhere'], { cwd })).toMatchObject({ code: 32 })
    expect((await tracker.stop('SIGTERM')).code).toBe(0)
  })

  it('seeding ends at its goal', async () => {
    await using swarm = await startSwarm({ files: { a: 500_000 }, seedArguments: ['--seed-ratio', '1'] })
    const added = await runCli(['add', swarm.torrent, '-o', 'out', ...swarm.peerArguments], { cwd: swarm.folder })
    expect(added.code).toBe(0)
    expect(await swarm.seeder.ended).toMatchObject({ code: 0, stdout: expect.stringContaining('"event":"finished"') })
  })
})

describe('create', () => {
  it('makes the same torrent from the same files, and leaves out links with a warning', async () => {
    await using folder = await temporaryFolder()
    const cwd = folder.path
    await writeSamples(cwd, { 't/b': 100_000, 't/a/x': 5, 't/A': 1 })
    const first = await runCli(['create', 't', '--json'], { cwd })
    const again = await runCli(['create', 't', '--json', '--force'], { cwd })
    const hashOf = (result: { stdout: string }): unknown =>
      (JSON.parse(result.stdout.trimEnd().split('\n').at(-1) ?? '') as InfoObject).infoHash
    expect(hashOf(first)).toMatch(/^[0-9a-f]{40}$/)
    expect(hashOf(again)).toBe(hashOf(first))
    expect((await readdir(cwd)).sort()).toEqual(['t', 't.torrent'])
    expect((await stat(join(cwd, 't.torrent'))).size).toBeGreaterThan(100)
  })
})
