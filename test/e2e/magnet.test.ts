// Magnet links with the real command: made, fetched, downloaded.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CliProcess, runCli } from './cli-process.ts'
import { treeDigest } from './sample-data.ts'
import { startSwarm } from './swarm.ts'

const FILES = { 'tree/a.bin': 300_000, 'tree/b.txt': 70_001, 'tree/c/d.bin': 1 }

describe('a magnet link', () => {
  it('is downloaded, in part where --select says so', async () => {
    await using swarm = await startSwarm({ files: FILES, createArguments: ['--piece-size', '16KiB'] })
    const cwd = swarm.folder
    const link = (await runCli(['magnet', swarm.torrent], { cwd })).stdout.trim()
    const args = ['add', link, '-o', 'out', '--select', '*.txt', '--json', ...swarm.peerArguments]
    const added = await runCli(args, { cwd })
    expect(added).toMatchObject({ code: 0, stderr: '' })
    const events = added.stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { event: string }).event)
    expect(events.filter((event) => !event.startsWith('peer-') && event !== 'progress')).toEqual([
      'listening',
      'added',
      'metadata',
      'checked',
      'complete',
    ])
    const sent = await treeDigest(swarm.source)
    expect(await treeDigest(join(cwd, 'out'))).toEqual({ 'tree/b.txt': sent['tree/b.txt'] })
    const wrong = await runCli(['add', link, '-o', 'out', '--select', 'nothing', ...swarm.peerArguments], { cwd })
    expect(wrong).toMatchObject({ code: 64, stderr: expect.stringContaining("no file matches 'nothing'") })
  })

  it('becomes a torrent file with the same info', async () => {
    await using swarm = await startSwarm({
      files: FILES,
      createArguments: ['--tracker', 'http://127.0.0.1:1/announce'],
    })
    const cwd = swarm.folder
    const link = (await runCli(['magnet', swarm.torrent, '--no-trackers'], { cwd })).stdout.trim()
    const add = ['add', link, '--metadata-only', ...swarm.peerArguments]
    expect(await runCli(add, { cwd })).toMatchObject({ code: 0, stderr: '' })
    expect(await runCli([...add, '-o', 'x.torrent', '--quiet'], { cwd })).toEqual({ code: 0, stdout: '', stderr: '' })
    const [original, first, second] = await Promise.all(
      [swarm.torrent, join(cwd, 'tree.torrent'), join(cwd, 'x.torrent')].map((path) => readFile(path, 'latin1')),
    )
    const info = original!.slice(original!.indexOf('4:infod'))
    expect(first).toBe(`d${info}`)
    expect(second).toBe(first)
    expect(await runCli([...add, '-o', 'x.torrent'], { cwd })).toMatchObject({ code: 13 })
    expect(await runCli([...add, '-o', 'x.torrent', '--force'], { cwd })).toMatchObject({ code: 0 })
    const usage = await runCli(['add', swarm.torrent, '--metadata-only'], { cwd })
    expect(usage).toMatchObject({ code: 64, stderr: expect.stringContaining('--metadata-only') })
  })

  it('that nobody knows waits until it is stopped', async () => {
    await using swarm = await startSwarm({ files: { 'x.bin': 1000 } })
    const link = `magnet:?xt=urn:btih:${'ab'.repeat(20)}&dn=%1b%5b2Jname`
    await using waiting = new CliProcess(['add', link, '--json', ...swarm.peerArguments], { cwd: swarm.folder })
    await waiting.untilEvent('progress', (event) => event['phase'] === 'metadata')
    expect(waiting.stdout).not.toContain('\u001b')
    expect((await waiting.stop()).code).toBe(130)
  })
})
