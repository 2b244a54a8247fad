// The daemon as a remote client sees it: over its unix socket, with torrents that survive a restart.

import { mkdtempSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { buildTorrent } from '@ccbt/metainfo'
import { describe, expect, it, onTestFinished } from 'vitest'

import { startDaemon } from '../src/index.ts'
import type { Daemon } from '../src/index.ts'

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ccbt-daemon-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function start(stateDir: string, downloadDirectory: string): Promise<Daemon> {
  const daemon = await startDaemon({
    version: '0',
    session: { stateDir, bind: { v4: '127.0.0.1' } },
    downloadDirectory,
  })
  onTestFinished(() => daemon[Symbol.asyncDispose]())
  return daemon
}

interface Answer {
  readonly status: number
  readonly sessionId: string
  readonly body: string
}

function post(socketPath: string, body: string, sessionId = ''): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const headers = { 'x-transmission-session-id': sessionId }
  const sent = request({ socketPath, path: '/transmission/rpc', method: 'POST', headers }, (response) => {
    const parts: Buffer[] = []
    response.on('data', (part: Buffer) => parts.push(part))
    response.on('end', () => {
      const id = response.headers['x-transmission-session-id']
      const text = Buffer.concat(parts).toString()
      resolve({ status: response.statusCode ?? 0, sessionId: typeof id === 'string' ? id : '', body: text })
    })
  })
  sent.on('error', reject)
  sent.end(body)
  return promise
}

async function call(socketPath: string, method: string, args: object): Promise<Record<string, unknown>> {
  const { status, sessionId } = await post(socketPath, '{}')
  expect(status).toBe(409)
  const answer = await post(socketPath, JSON.stringify({ method, arguments: args, tag: 7 }), sessionId)
  expect(answer.status).toBe(200)
  return JSON.parse(answer.body) as Record<string, unknown>
}

const DATA = Buffer.from('forty bytes of data that nobody will read')

function torrentFile(): Uint8Array {
  return buildTorrent({
    name: 'data.bin',
    files: [{ path: ['data.bin'], length: DATA.length }],
    isMultiFile: false,
    pieceLength: 16_384,
    pieceHashes: Buffer.from('b6b8e4c4b8ee1e0b6e33d7b9d8b0e2c6f4f8a4f4', 'hex'),
    trackers: [],
  })
}

describe('remote control', () => {
  it('adds, lists and removes a torrent, which a restart does not lose', async () => {
    const stateDir = temporaryFolder()
    const downloads = temporaryFolder()
    const metainfo = Buffer.from(torrentFile()).toString('base64')
    const first = await start(stateDir, downloads)
    const added = await call(first.socketPath, 'torrent-add', { metainfo, paused: true, labels: ['a b'] })
    expect(added).toMatchObject({
      result: 'success',
      tag: 7,
      arguments: { 'torrent-added': { id: 1, name: 'data.bin' } },
    })
    const again = await call(first.socketPath, 'torrent-add', { metainfo })
    expect(again).toMatchObject({ result: 'success', arguments: { 'torrent-duplicate': { id: 1 } } })
    await first[Symbol.asyncDispose]()

    const second = await start(stateDir, downloads)
    const fields = ['id', 'name', 'status', 'totalSize', 'labels', 'downloadDir', 'noSuchField']
    const got = await call(second.socketPath, 'torrent-get', { fields })
    expect(got['arguments']).toEqual({
      torrents: [
        { id: 1, name: 'data.bin', status: 0, totalSize: DATA.length, labels: ['a b'], downloadDir: downloads },
      ],
    })
    await writeFile(join(downloads, 'data.bin'), DATA)
    await call(second.socketPath, 'torrent-remove', { ids: 1 })
    const left = await call(second.socketPath, 'torrent-get', { fields: ['id'], ids: 'recently-active' })
    expect(left['arguments']).toEqual({ torrents: [], removed: [1] })
  })

  it.each(['', 'null', '[]', '{"method":"__proto__"}', '{"method":"torrent-get","arguments":[]}', '{"method":7}'])(
    'answers %s with an error and lives on',
    async (body) => {
      const daemon = await start(temporaryFolder(), temporaryFolder())
      const { sessionId } = await post(daemon.socketPath, '')
      const answer = await post(daemon.socketPath, body, sessionId)
      expect(answer.status).toBe(200)
      expect((JSON.parse(answer.body) as { result: string }).result).not.toBe('success')
      expect(await call(daemon.socketPath, 'session-get', {})).toMatchObject({ result: 'success' })
    },
  )
})
