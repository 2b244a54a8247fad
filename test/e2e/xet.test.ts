// `ccbt xet`: the hashes that Hugging Face shows, and what an edit of a file costs.

import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { generate, xetVectors } from '../vectors/xet-vectors.ts'
import { runCli, temporaryFolder } from './cli-process.ts'
import type { TemporaryFolder } from './cli-process.ts'

const vector = xetVectors.files.find(({ generator, size }) => generator === 'splitmix64:0' && size === 1_048_576)!

describe('ccbt xet', () => {
  let folder: TemporaryFolder
  const run = (...words: string[]): ReturnType<typeof runCli> => runCli(['xet', ...words], { cwd: folder.path })

  beforeAll(async () => {
    folder = await temporaryFolder()
    const data = generate(vector.generator, vector.size)
    await writeFile(join(folder.path, 'old'), data)
    await writeFile(join(folder.path, 'new'), Buffer.concat([Buffer.from('new'), data]))
    await writeFile(join(folder.path, 'empty'), '')
  })
  afterAll(() => folder[Symbol.asyncDispose]())

  it('hash prints nothing but the hash', async () => {
    expect(await run('hash', 'old')).toMatchObject({ code: 0, stdout: `${vector.fileHash}\n`, stderr: '' })
    expect(await run('hash', 'empty')).toMatchObject({ code: 0, stdout: `${'0'.repeat(64)}\n`, stderr: '' })
  })

  it('chunk lists all chunks', async () => {
    const { code, stdout } = await run('chunk', 'old', '--json')
    const events = stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as { event: string }]))
    const chunks = vector.boundaries.map((end, i) => {
      const offset = vector.boundaries[i - 1] ?? 0
      return { event: 'chunk', offset, length: end - offset, hash: vector.chunkHashes![i] }
    })
    expect(code).toBe(0)
    expect(events.filter(({ event }) => event === 'chunk')).toEqual(chunks)
    expect(events.at(-1)).toEqual({
      event: 'complete',
      bytes: vector.size,
      chunks: chunks.length,
      fileHash: vector.fileHash,
    })
    const text = await run('chunk', 'old')
    expect(text.stdout).toContain(`\n      0   ${vector.boundaries[0]!}  ${vector.chunkHashes![0]!}\n`)
    expect(text.stdout).toContain(`file hash ${vector.fileHash}\n`)
  })

  it('diff counts what is new', async () => {
    const { code, stdout } = await run('diff', 'old', 'new', '--json')
    const first = vector.boundaries[0]! + 3
    expect({ code, found: JSON.parse(stdout) as object }).toEqual({
      code: 0,
      found: {
        event: 'complete',
        bytes: vector.size + 3,
        chunks: vector.boundaries.length,
        newChunks: 1,
        newBytes: first,
        blockBytes: Math.ceil(first / 16_384) * 16_384,
      },
    })
  })

  it('index remembers files, skips those that have not changed, forgets those that are gone', async () => {
    await mkdir(join(folder.path, 'tree/deep'), { recursive: true })
    await copyFile(join(folder.path, 'old'), join(folder.path, 'tree/deep/a'))
    await copyFile(join(folder.path, 'new'), join(folder.path, 'tree/b'))
    const index = async (...words: string[]): Promise<unknown> => {
      const { code, stdout, stderr } = await run('index', '--json', '--state-dir', 'state', ...words)
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      const { added, files, chunks } = JSON.parse(stdout) as Record<string, number>
      return { added, files, chunks }
    }
    const count = vector.boundaries.length
    expect(await index()).toEqual({ added: 0, files: 0, chunks: 0 })
    expect(await index('tree')).toEqual({ added: 2, files: 2, chunks: 2 * count })
    expect(await index('tree')).toEqual({ added: 0, files: 2, chunks: 2 * count })
    // What is here is found by its hash, without any torrent or peer.
    const { code, stderr } = await run('get', vector.fileHash, '-o', 'whole', '--state-dir', 'state')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect((await readFile(join(folder.path, 'whole'))).equals(await readFile(join(folder.path, 'old')))).toBe(true)
    await writeFile(join(folder.path, 'tree/b'), 'changed')
    expect(await index('tree')).toEqual({ added: 1, files: 2, chunks: count + 1 })
    await rm(join(folder.path, 'tree/b'))
    expect(await index('--rebuild')).toEqual({ added: 1, files: 1, chunks: count })
    expect(await index()).toEqual({ added: 0, files: 1, chunks: count })
  })

  it('get goes through the proxy of the configuration', async () => {
    const where = [
      '-o',
      'got',
      '--state-dir',
      'state',
      '--peer',
      '127.0.0.1:2',
      '--set',
      'proxy.url=http://127.0.0.1:1',
    ]
    const { code, stderr } = await run('get', '0'.repeat(63) + '1', ...where)
    expect({ code, stderr }).toMatchObject({ stderr: expect.stringContaining('proxy http://127.0.0.1:1') as string })
    const { stderr: told } = await run('get', '0'.repeat(63) + '1', '--dht', ...where)
    expect(told).toBe('ccbt: the DHT cannot be asked: the proxy http://127.0.0.1:1 carries no UDP\n')
  })

  it('get asks nobody about a private torrent', async () => {
    const cwd = folder.path
    await runCli(['create', 'old', '--private', '--tracker', 'http://127.0.0.1:1/announce', '-o', 'p.torrent'], { cwd })
    const { code, stderr } = await run('get', '0'.repeat(63) + '1', '-o', 'got', '--torrent', 'p.torrent')
    expect({ code, stderr }).toEqual({
      code: 64,
      stderr: 'ccbt: p.torrent is private: nothing is asked in its swarm\n',
    })
    expect(await run('get', '0'.repeat(63), '--root', '-o', 'got')).toMatchObject({ code: 64 })
    expect(await run('get', '0'.repeat(64), '-o', 'got', '--tracker', 'wss://x')).toMatchObject({ code: 64 })
  })

  it('says what cannot be read', async () => {
    expect(await run('hash', 'missing')).toMatchObject({ code: 3, stderr: 'ccbt: missing: no such file\n' })
    expect(await run('hash', '.')).toMatchObject({ code: 15, stderr: 'ccbt: . is not a file\n' })
    expect(await run('index', 'missing', '--state-dir', 'state')).toMatchObject({ code: 3 })
    expect(await run('hash')).toMatchObject({ code: 64 })
    expect(await run('what')).toMatchObject({ code: 64 })
  })
})
