// A download that was stopped goes on where it was, whatever stopped it.

import { readdir, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CliProcess, runCli, temporaryFolder } from './cli-process.ts'
import { treeDigest } from './sample-data.ts'
import { startSwarm } from './swarm.ts'

const SIZE = 8_000_000
const PIECE = 65_536

async function interrupted(signal: NodeJS.Signals): Promise<{ code: number | null; again: number; lost: number }> {
  await using swarm = await startSwarm({
    files: { 'r.bin': SIZE },
    createArguments: ['--piece-size', '64KiB'],
  })
  const cwd = swarm.folder
  const args = ['add', swarm.torrent, '-o', 'out', '--json', ...swarm.peerArguments]
  // Far from its end when the signal comes.
  await using first = new CliProcess([...args, '--download-limit', '1M'], { cwd })
  const progress = await first.untilEvent('progress', (event) => Number(event['bytesDone']) > 1_000_000)
  const { code } = await first.stop(signal)
  const second = await runCli(args, { cwd })
  expect(second.code).toBe(0)
  expect(await treeDigest(join(cwd, 'out'))).toEqual(await treeDigest(swarm.source))
  const end = second.stdout.split('\n').find((line) => line.includes('"event":"complete"'))
  const { downloaded } = JSON.parse(end ?? '{}') as { downloaded: number }
  return { code, again: downloaded, lost: Number(progress['bytesDone']) + downloaded - SIZE }
}

describe('a second run', () => {
  it('after Ctrl-C loses nothing but pieces under way', async () => {
    const { code, again, lost } = await interrupted('SIGINT')
    expect(code).toBe(130)
    expect(again).toBeLessThan(SIZE)
    expect(lost).toBeLessThanOrEqual(8 * PIECE)
  })

  it('after SIGTERM the same', async () => {
    const { code, lost } = await interrupted('SIGTERM')
    expect(code).toBe(143)
    expect(lost).toBeLessThanOrEqual(8 * PIECE)
  })

  it('after SIGKILL finds what is on disk', async () => {
    const { code, lost } = await interrupted('SIGKILL')
    expect(code).toBeNull()
    expect(lost).toBeLessThanOrEqual(32 * PIECE)
  })

  it('of a complete download ends at once', async () => {
    await using swarm = await startSwarm({ files: { 'd/a': 300_000, 'd/b': 0 } })
    const cwd = swarm.folder
    const args = ['add', swarm.torrent, '-o', 'out', '--json']
    expect(await runCli([...args, ...swarm.peerArguments], { cwd })).toMatchObject({ code: 0 })
    await swarm.seeder.stop()
    for (const extra of [[], ['--check'], ['--skip-check']]) {
      const again = await runCli([...args, ...extra], { cwd })
      expect(again.code).toBe(0)
      expect(again.stdout).toMatch(/"event":"complete".*"downloaded":0/)
    }
  })
})

describe('Ctrl-C', () => {
  it('is quick although a tracker does not answer', async () => {
    // 192.0.2.0/24 is reserved for documentation: nothing answers there.
    const dead = ['--tracker', 'http://192.0.2.1:9/announce', '--tracker', 'udp://192.0.2.1:9/announce']
    await using swarm = await startSwarm({
      files: { a: 3_000_000 },
      createArguments: dead,
      seedArguments: ['--upload-limit', '500K'],
    })
    const args = ['add', swarm.torrent, '-o', 'out', '--json', ...swarm.peerArguments]
    await using download = new CliProcess(args, { cwd: swarm.folder })
    await download.untilEvent('progress')
    const from = performance.now()
    expect((await download.stop()).code).toBe(130)
    expect(performance.now() - from).toBeLessThan(8000)
  })

  it('a second one ends at once', async () => {
    await using swarm = await startSwarm({ files: { a: 3_000_000 }, seedArguments: ['--upload-limit', '500K'] })
    const args = ['add', swarm.torrent, '-o', 'out', '--json', ...swarm.peerArguments]
    await using download = new CliProcess(args, { cwd: swarm.folder })
    await download.untilEvent('progress')
    download.child.kill('SIGINT')
    expect((await download.stop()).code).toBe(130)
  })

  it('ends a seeder of complete data with 0', async () => {
    await using swarm = await startSwarm({ files: { a: 100_000 } })
    expect((await swarm.seeder.stop()).code).toBe(0)
  })

  it('during create leaves no half-written file', async () => {
    await using folder = await temporaryFolder()
    const cwd = folder.path
    // A hole takes no space and still has to be read: seconds of hashing.
    await writeFile(join(cwd, 'hole'), '')
    await truncate(join(cwd, 'hole'), 24 * 1024 ** 3)
    await using create = new CliProcess(['create', 'hole', '--json'], { cwd })
    await create.untilEvent('progress')
    expect((await create.stop()).code).toBe(130)
    expect(await readdir(cwd)).toEqual(['hole'])
  })
})
