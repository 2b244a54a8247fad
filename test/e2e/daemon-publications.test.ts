// ccbt publish and follow with a real daemon: it takes both over, and goes on with them after a restart.

import { appendFile, lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { createHttpClient } from '@ccbt/rpc-client'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { CliProcess, temporaryFolder } from './cli-process.ts'
import type { TemporaryFolder } from './cli-process.ts'
import { DaemonHome } from './daemon-process.ts'
import { treeDigest, writeSamples } from './sample-data.ts'

const NETWORK = ['--bind', '127.0.0.1', '--no-dht', '--no-lsd', '--no-port-mapping', '--json'] as const

let folder: TemporaryFolder
let home: DaemonHome
const at = (...path: string[]): string => join(folder.path, ...path)

beforeAll(async () => {
  folder = await temporaryFolder()
  home = new DaemonHome(folder.path)
  await writeSamples(at('site'), { 'one.bin': 300_000, 'sub/two.bin': 100_000 })
  await writeSamples(at('notes'), { 'a.bin': 50_000 })
})
afterAll(() => folder[Symbol.asyncDispose]())

async function json(...words: string[]): Promise<Record<string, unknown>[]> {
  const { code, stdout, stderr } = await home.run(...words, '--json')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const lines = stdout.split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
}

async function untilCurrent(copy: string, folder: string): Promise<void> {
  const wanted = await treeDigest(at(`${folder}/`))
  await expect.poll(() => treeDigest(at(`${copy}/`)).catch(() => undefined)).toEqual(wanted)
}

it('a daemon follows, is current after a restart, and publishes what others follow', async () => {
  const where = ['--state-dir', at('p'), ...NETWORK]
  await using source = new CliProcess(['publish', 'site', '--key', 'site', '--watch', ...where], { cwd: folder.path })
  const { port } = await source.untilEvent('listening')
  const { link } = await source.untilEvent('published')
  const peer = `127.0.0.1:${String(port)}`
  {
    await using daemon = await home.start('--set', 'xet.enabled=true')
    const [taken] = await json('follow', String(link), '-o', 'copy', '--peer', peer)
    expect(taken).toMatchObject({ event: 'handed-over', id: 1, directory: at('copy') })
    await untilCurrent('copy', 'site')
    expect(await json('publications', 'list')).toMatchObject([{ id: 1, kind: 'follow', version: 1, isProblem: false }])
    const notOurs = await home.run('follow', String(link), '-o', 'site', '--peer', peer)
    expect(notOurs).toMatchObject({ stderr: expect.stringContaining('is already there') as string })
    const here = await home.run('publish', 'missing', '--key', 'x', '--once', '--no-dht')
    expect(here.stderr).toContain('missing: no such file')
    expect((await daemon.process.stop()).code).toBe(0)
  }
  await appendFile(at('site', 'one.bin'), 'more')
  await source.untilEvent('published', ({ version }) => version === 2)

  await using daemon = await home.start('--set', 'xet.enabled=true')
  await untilCurrent('copy', 'site')
  const { stdout } = await home.run('publish', 'notes', '--key', 'notes', '--watch')
  const [did, notes = ''] = stdout.split('\n')
  expect(did).toContain(`publishes it: 2 ${at('notes')}`)
  await using client = createHttpClient(home.address)
  const { session } = await client.state()
  const place = ['-o', 'far', '--state-dir', at('far-state'), '--peer', `127.0.0.1:${session.port}`]
  await using far = new CliProcess(['follow', notes, ...place, ...NETWORK], { cwd: folder.path })
  await untilCurrent('far', 'notes')
  expect((await lstat(at('.state', 'ccbt', 'keys', 'notes.json'))).mode & 0o777).toBe(0o600)

  await json('publications', 'remove', '1')
  await json('publications', 'remove', at('notes'))
  expect(await json('publications', 'list')).toEqual([])
  expect(await home.run('publications', 'remove', '1')).toMatchObject({ code: 3 })
  await far.stop()
  expect((await daemon.process.stop()).code).toBe(0)
})
