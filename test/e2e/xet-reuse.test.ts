// create --xet, add --xet, dedup report and xet get together: what is here already does not travel.

import { appendFile, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { CliProcess, runCli, temporaryFolder } from './cli-process.ts'
import type { CliResult, TemporaryFolder } from './cli-process.ts'
import { writeSamples } from './sample-data.ts'

describe('chunks on the command line', () => {
  let folder: TemporaryFolder
  const at = (...path: string[]): string => join(folder.path, ...path)
  const run = (...words: string[]): Promise<CliResult> => runCli(words, { cwd: folder.path })

  beforeAll(async () => {
    folder = await temporaryFolder()
    await writeSamples(at('old'), { 'image.bin': 3_000_000 })
    await mkdir(at('new'))
    await copyFile(at('old', 'image.bin'), at('new', 'image.bin'))
    await appendFile(at('new', 'image.bin'), Buffer.alloc(20_000, 7))
  })
  afterAll(() => folder[Symbol.asyncDispose]())

  it('create --xet adds hashes and keeps the infohash', async () => {
    const words = ['create', at('new', 'image.bin'), '--v2', '--date', 'none', '--json', '-o']
    const plain = await run(...words, 'plain.torrent')
    const withHashes = await run(...words, 'new.torrent', '--xet')
    expect({ plain: plain.code, withHashes: withHashes.code, stderr: withHashes.stderr }).toEqual({
      plain: 0,
      withHashes: 0,
      stderr: '',
    })
    expect((await readFile(at('new.torrent'))).includes('6:cc_xetd5:files32:')).toBe(true)
    const [before, after] = await Promise.all([run('info', 'plain.torrent'), run('info', 'new.torrent')])
    const hashOf = ({ stdout }: CliResult): string => /[\da-f]{64}/.exec(stdout)![0]
    expect(hashOf(after)).toBe(hashOf(before))
  })

  it('dedup report says what folders have in common', async () => {
    const { code, stdout } = await run('dedup', 'report', 'old', 'new', '--json')
    const { pairs, bytes } = JSON.parse(stdout) as { pairs: { names: string[]; bytes: number }[]; bytes: number }
    expect({ code, bytes, names: pairs[0]?.names }).toEqual({ code: 0, bytes: 6_020_000, names: ['old', 'new'] })
    expect(pairs[0]!.bytes).toBeGreaterThan(2_800_000)
  })

  it('add --xet fetches what is new; xet get fetches a file by its hash', async () => {
    await writeFile(at('share.toml'), '[xet]\nshare = true\n')
    const seed = ['seed', 'new.torrent', '--data', 'new', '--json', '--state-dir', at('seed-state'), '--config']
    await using seeder = new CliProcess([...seed, 'share.toml'], { cwd: folder.path })
    const { port } = await seeder.untilEvent('listening')
    await seeder.untilEvent('seeding')
    const peer = ['--peer', `127.0.0.1:${String(port)}`]

    expect((await run('xet', 'index', 'old', '--state-dir', 'state')).code).toBe(0)
    const add = ['add', 'new.torrent', '-o', 'got', '--json', '--xet', '--state-dir', 'state', '--foreground', ...peer]
    const added = await run(...add)
    expect(added.code).toBe(0)
    const events = added.stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as object]))
    expect(events).toContainEqual(expect.objectContaining({ event: 'reused' }))
    const complete = events.find((event) => 'event' in event && event.event === 'complete') as { downloaded: number }
    expect(complete.downloaded).toBeLessThan(100_000)
    const wanted = await readFile(at('new', 'image.bin'))
    expect((await readFile(at('got', 'image.bin'))).equals(wanted)).toBe(true)

    const hash = (await run('xet', 'hash', at('new', 'image.bin'))).stdout.trim()
    const got = await run('xet', 'get', hash, '-o', 'content', ...peer)
    expect(got).toMatchObject({ code: 0, stdout: 'content: 3.02 MB\n' })
    expect((await readFile(at('content'))).equals(wanted)).toBe(true)
    const missing = await run('xet', 'get', '7'.repeat(64), '-o', 'nothing', ...peer)
    expect(missing.stderr).toBe('ccbt: the peer has no file or chunk with this hash\n')
    expect(missing.code).not.toBe(0)
    const [chunk = ''] = /[\da-f]{64}/.exec((await run('xet', 'chunk', at('old', 'image.bin'))).stdout) ?? []
    // Nobody is asked for what is here.
    expect(await run('xet', 'get', chunk, '-o', 'chunk', '--state-dir', 'state')).toMatchObject({ code: 0 })
    expect((await readFile(at('old', 'image.bin'))).indexOf(await readFile(at('chunk')))).toBe(0)
    const nowhere = await run('xet', 'get', chunk, '-o', 'none', '--state-dir', 'nothing')
    expect(nowhere.stderr).toBe('ccbt: nobody is known who has a file or chunk with this hash\n')
    expect((await seeder.stop()).code).toBe(0)
  })
})
