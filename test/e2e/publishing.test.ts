// ccbt publish, follow and rollback together, on one computer and without a DHT.

import { mkdir, open, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { CliProcess, runCli, temporaryFolder } from './cli-process.ts'
import type { TemporaryFolder } from './cli-process.ts'
import { treeDigest, writeSamples } from './sample-data.ts'

const NETWORK = ['--bind', '127.0.0.1', '--no-dht', '--no-lsd', '--no-port-mapping', '--json'] as const
const MB = 1_000_000

describe('published folders', () => {
  let folder: TemporaryFolder
  const at = (...path: string[]): string => join(folder.path, ...path)

  beforeAll(async () => {
    folder = await temporaryFolder()
    await writeSamples(at('site'), { 'one.bin': 2 * MB, 'sub/two.bin': 3 * MB, 'three.bin': MB })
    for (let i = 0; i < 12; i++) await writeFile(at('site', 'sub', `${i}.txt`), `text ${i}`)
  })
  afterAll(() => folder[Symbol.asyncDispose]())

  const publisher = (...words: string[]): CliProcess =>
    new CliProcess(['publish', 'site', '--key', 'site', '--state-dir', at('p'), ...NETWORK, ...words], {
      cwd: folder.path,
    })

  /** One that finds the others at this port. */
  const follower = (name: string, link: string, peer: unknown, ...words: string[]): CliProcess => {
    const place = ['-o', name, '--state-dir', at(`state-${name}`), '--peer', `127.0.0.1:${String(peer)}`]
    return new CliProcess(['follow', link, ...place, ...NETWORK, ...words], { cwd: folder.path })
  }

  it('followers are current, one through the other, and only what has changed travels', async () => {
    await using source = publisher('--watch')
    const { port } = await source.untilEvent('listening')
    const link = String((await source.untilEvent('published'))['link'])
    await using near = follower('near', link, port, '--max-removed', '3')
    const { port: nearPort } = await near.untilEvent('listening')
    await near.untilEvent('updated')
    await using far = follower('far', link, nearPort)
    await far.untilEvent('updated', ({ version }) => version === 1)
    expect(await treeDigest(at('far/'))).toEqual(await treeDigest(at('site/')))

    await overwrite(at('site', 'sub', 'two.bin'), 1_500_000)
    await rm(at('site', 'three.bin'))
    for (const process of [near, far]) {
      const updated = await process.untilEvent('updated', ({ version }) => version === 2)
      // The blocks that the edit has touched, and not the file.
      expect(updated['downloaded']).toBeLessThan(100_000)
      expect(updated['reused']).toBe(2 * MB + 12 * 6 + 2)
    }
    expect(await treeDigest(at('near/'))).toEqual(await treeDigest(at('site/')))
    expect(await treeDigest(at('far/'))).toEqual(await treeDigest(at('site/')))

    // More than this follower lets a version remove.
    for (let i = 0; i < 4; i++) await rm(at('site', 'sub', `${i}.txt`))
    const held = await near.untilEvent('held')
    expect(held).toMatchObject({ removed: 4 })
    expect(await readlink(at('near'))).toBe('.near.ccbt/versions/2/site')
    await near.stop()
    const accept = ['--accept', String(held['version']), '--max-removed', '3']
    await using again = follower('near', link, port, ...accept)
    await again.untilEvent('updated', ({ version }) => version === held['version'])
    expect(await treeDigest(at('near/'))).toEqual(await treeDigest(at('site/')))
    expect((await again.stop()).stderr).toBe('')
    await using look = follower('near', link, port, '--once')
    expect(await look.ended).toMatchObject({ code: 0, stdout: expect.stringContaining('"event":"unchanged"') })
    expect(await source.stop()).toMatchObject({ code: 0, stderr: '' })
  })

  it('going back lasts until something newer is published, also over restarts', async () => {
    const before = await readlink(at('near'))
    const back = await runCli(['rollback', 'near', '--json'], { cwd: folder.path })
    expect(JSON.parse(back.stdout)).toMatchObject({ event: 'rolled-back', version: 2 })
    expect(await readFile(at('near', 'sub', '0.txt'), 'utf8')).toBe('text 0')

    await mkdir(at('site', 'new'))
    await using source = publisher()
    const { port } = await source.untilEvent('listening')
    const published = await source.untilEvent('unchanged')
    const link = String(published['link'])
    const version = Number(published['version'])
    await using near = follower('near', link, port, '--max-removed', '10')
    expect(await near.untilEvent('unchanged')).toMatchObject({ version })
    expect(await readlink(at('near'))).not.toBe(before)
    await source.stop()

    await writeFile(at('site', 'new', 'file'), 'new')
    await using newer = publisher('--port', String(port))
    await near.untilEvent('updated', (event) => event['version'] === version + 1)
    expect(await readFile(at('near', 'new', 'file'), 'utf8')).toBe('new')
    await newer.stop()
  })

  it('one key publishes several things, told apart by their salt', async () => {
    await mkdir(at('notes'))
    await writeFile(at('notes', 'a.txt'), 'a note')
    const key = ['--key', 'site', '--state-dir', at('p'), ...NETWORK]
    await using source = new CliProcess(['publish', 'notes', '--salt', 'notes', ...key], { cwd: folder.path })
    const { port } = await source.untilEvent('listening')
    const { link, version } = await source.untilEvent('published')
    expect({ link, version }).toMatchObject({ link: expect.stringContaining('&s=6e6f746573&'), version: 1 })
    await using copy = follower('copied', String(link), port, '--once')
    expect((await copy.ended).code).toBe(0)
    expect(await readFile(at('copied', 'a.txt'), 'utf8')).toBe('a note')
    await source.stop()
  })

  it('says what is wrong', async () => {
    const run = (...words: string[]): ReturnType<typeof runCli> => runCli(words, { cwd: folder.path })
    const notOurs = await run('follow', 'magnet:?xt=urn:btih:c12fe1c06bba254a9dc9f519b335aa7c1367a88a', '-o', 'x')
    expect(notOurs).toMatchObject({ code: 27, stderr: expect.stringContaining('it names no key') })
    expect(await run('rollback', 'site')).toMatchObject({ code: 3, stderr: expect.stringContaining('not followed') })
    expect(await run('publish', 'site', '--key', '../x')).toMatchObject({ code: 64 })
    expect(await run('publish', 'site', '--key', 'x', '--salt', 'x'.repeat(65))).toMatchObject({ code: 64 })
    expect(await run('publish', 'missing', '--key', 'x', ...NETWORK)).toMatchObject({ code: 3 })
  })
})

async function overwrite(path: string, position: number): Promise<void> {
  await using file = await open(path, 'r+')
  await file.write(Buffer.from('changed'), 0, 7, position)
}
