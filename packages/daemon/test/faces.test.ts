// The daemon's own interface through the client that its faces use, over the unix socket.

import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'

import { buildTorrent } from '@ccbt/metainfo'
import { createHttpClient } from '@ccbt/rpc-client'
import type { DaemonClient, StateDelta } from '@ccbt/rpc-client'
import { describe, expect, it, onTestFinished } from 'vitest'

import { startDaemon } from '../src/index.ts'

const PATIENCE = { timeout: 30_000 }

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ccbt-daemon-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function connect(): Promise<DaemonClient> {
  const session = { stateDir: temporaryFolder(), bind: { v4: '127.0.0.1' } }
  const daemon = await startDaemon({ version: '0', session, downloadDirectory: temporaryFolder() })
  onTestFinished(() => daemon[Symbol.asyncDispose]())
  const client = createHttpClient({ socketPath: daemon.socketPath })
  onTestFinished(() => client[Symbol.asyncDispose]())
  return client
}

function torrentFile(name: string): Uint8Array {
  return buildTorrent({
    name,
    files: [
      { path: ['a.bin'], length: 20_000 },
      { path: ['deep', 'b.bin'], length: 5 },
    ],
    isMultiFile: true,
    pieceLength: 16_384,
    pieceHashes: new Uint8Array(40),
    trackers: [],
  })
}

describe('a face', () => {
  it('sees at once what it has changed', async () => {
    const client = await connect()
    expect((await client.state()).torrents).toEqual([])
    const { id } = await client.add({ source: torrentFile('folder'), isPaused: true })
    expect((await client.state()).torrents).toMatchObject([{ id, labels: [] }])
    await client.act([id], { type: 'label', labels: ['new'] })
    expect((await client.state()).torrents).toMatchObject([{ labels: ['new'] }])
    await client.limit({ downloadLimitBps: 1000 })
    expect((await client.state()).session.downloadLimitBps).toBe(1000)
    await client.act([id], { type: 'remove', deletesData: false })
    expect((await client.state()).torrents).toEqual([])
  })

  it('sees what is in a torrent before and after it is added', async () => {
    const client = await connect()
    const source = torrentFile('folder')
    const files = [
      { index: 0, path: 'folder/a.bin', length: 20_000 },
      { index: 1, path: 'folder/deep/b.bin', length: 5 },
    ]
    expect(await client.preview(source)).toMatchObject({ name: 'folder', totalLength: 20_005, files })
    const { kind, id } = await client.add({ source, isPaused: true, select: [1] })
    expect(kind).toBe('added')
    expect(await client.add({ source })).toEqual({ kind: 'duplicate', id })
    const detail = await client.detail(id)
    expect(detail?.files).toEqual([
      { ...files[0], done: 0, priority: 0 },
      { ...files[1], done: 0, priority: 4 },
    ])
    expect(await client.detail(id + 1)).toBeUndefined()
  })

  it('sees how a torrent is supplied while it runs, and how busy the machine is', async () => {
    const client = await connect()
    const { id } = await client.add({ source: torrentFile('folder') })
    await expect
      .poll(async () => await client.detail(id), PATIENCE)
      .toMatchObject({ availability: Buffer.of(0, 0).toString('base64'), lacksMemory: false })
    const detail = await client.detail(id)
    expect(detail?.sources).toContainEqual({ kind: 'pex', state: 'idle', peersReceived: 0, nextAnnounceInMs: -1 })
    await client.act([id], { type: 'pause' })
    await expect.poll(async () => await client.detail(id), PATIENCE).toMatchObject({ availability: '', sources: [] })
    await expect.poll(async () => (await client.system()).cores, PATIENCE).toHaveLength(cpus().length)
    const { cores = [], sockets } = await client.system()
    for (const share of cores) expect(share >= 0 && share <= 1).toBe(true)
    expect(sockets).toBeGreaterThan(0)
  })

  it('names a torrent file by its web address, which a stranger may not have on this machine', async () => {
    const session = { stateDir: temporaryFolder(), bind: { v4: '127.0.0.1' } }
    const remote = { addresses: [{ host: '127.0.0.1', port: 0 }], isOpen: true }
    const daemon = await startDaemon({ version: '0', session, downloadDirectory: temporaryFolder(), remote })
    onTestFinished(() => daemon[Symbol.asyncDispose]())
    const web = createServer((_, response) => void response.end(torrentFile('from the web')))
    onTestFinished(() => void web.close())
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve))
    const source = ` http://127.0.0.1:${(web.address() as AddressInfo).port}/a.torrent\n`
    await using stranger = createHttpClient({ host: '127.0.0.1', port: daemon.httpPorts[0] ?? 0 })
    await expect(stranger.preview(source)).rejects.toThrow('on this machine or a network of its own')
    await expect(stranger.add({ source: '/etc/passwd' })).rejects.toThrow('a torrent file, its web address')
    await using owner = createHttpClient({ socketPath: daemon.socketPath })
    expect(await owner.preview(source)).toMatchObject({ name: 'from the web', files: [{}, {}] })
    expect(await owner.add({ source, isPaused: true, select: [1] })).toMatchObject({ kind: 'added' })
  })

  it('gets only what changed since it last looked', async () => {
    const client = await connect()
    const full = await client.state()
    expect(full).toMatchObject({ isFull: true, torrents: [] })
    const { id } = await client.add({ source: torrentFile('one'), isPaused: true })
    await expect
      .poll(async () => (await client.state(full.revision)).torrents.map((row) => row.phase), PATIENCE)
      .toEqual(['paused'])
    const seen = await client.state(full.revision)
    await client.act([id], { type: 'remove', deletesData: false })
    await expect.poll(async () => (await client.state(seen.revision)).removed, PATIENCE).toEqual([id])
    expect(await client.state(1)).toMatchObject({ isFull: true, removed: [] })
  })

  it('puts torrents at a place of the queue', async () => {
    const client = await connect()
    const ids: number[] = []
    for (const name of ['a', 'b', 'c', 'd'])
      ids.push((await client.add({ source: torrentFile(name), isPaused: true })).id)
    const order = async (): Promise<string> => {
      const { torrents } = await client.state()
      return torrents
        .toSorted((a, b) => a.queuePosition - b.queuePosition)
        .map(({ name }) => name)
        .join('')
    }
    await expect.poll(order, PATIENCE).toBe('abcd')
    await client.act([ids[0]!], { type: 'queue', to: 3 })
    await expect.poll(order, PATIENCE).toBe('bcad')
    await client.act([ids[3]!, ids[0]!], { type: 'queue', to: 1 })
    await expect.poll(order, PATIENCE).toBe('adbc')
    await expect(client.act([ids[0]!], { type: 'queue', to: 0 })).rejects.toThrow(
      'to (top, up, down, bottom or a position)',
    )
  })

  it('is told of changes as they happen, until it has seen enough', async () => {
    const client = await connect()
    const deltas: StateDelta[] = []
    const enough = new AbortController()
    const states: string[] = []
    client.watch({
      intervalMs: 250,
      onDelta: (delta) => deltas.push(delta),
      onConnection: (state) => states.push(state),
      signal: enough.signal,
    })
    await expect.poll(() => deltas.length, PATIENCE).toBeGreaterThan(0)
    await client.add({ source: torrentFile('two'), isPaused: true, labels: ['x'] })
    await expect.poll(() => deltas.flatMap(({ torrents }) => torrents).at(-1)?.labels, PATIENCE).toEqual(['x'])
    enough.abort()
    expect(states).toEqual(['connected'])
  })

  it('hears in one line what cannot be done', async () => {
    const client = await connect()
    await expect(client.add({ source: new Uint8Array([1, 2]) })).rejects.toMatchObject({ code: 'RPC_FAILED' })
    await expect(client.preview('http://example.org/x')).rejects.toMatchObject({ code: 'RPC_FAILED' })
    const nobody = createHttpClient({ socketPath: '/nonexistent/daemon.sock' })
    await expect(nobody.state()).rejects.toThrow('cannot reach the daemon at /nonexistent/daemon.sock: ENOENT')
  })
})
