// A daemon for tests of remote control, and requests to it over its unix socket.

import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { buildTorrent } from '@ccbt/metainfo'
import { expect, onTestFinished } from 'vitest'

import { startDaemon } from '../src/index.ts'
import type { Daemon } from '../src/index.ts'

/** A folder that goes away with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ccbt-daemon-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A daemon that ends with the test. */
export async function runDaemon(stateDir: string, downloadDirectory: string): Promise<Daemon> {
  const session = { stateDir, bind: { v4: '127.0.0.1' } }
  const daemon = await startDaemon({ version: '0', session, downloadDirectory })
  onTestFinished(() => daemon[Symbol.asyncDispose]())
  return daemon
}

/** What a server answers. */
export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** One request to Transmission's endpoint. */
export function send(
  socketPath: string,
  body: string,
  { sessionId = '', method = 'POST', path = '/transmission/rpc' } = {},
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const headers = { 'x-transmission-session-id': sessionId, 'content-type': 'application/x-www-form-urlencoded' }
  const sent = request({ socketPath, path, method, headers }, (response) => {
    const parts: Buffer[] = []
    response.on('data', (part: Buffer) => parts.push(part))
    response.on('end', () => {
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        body: Buffer.concat(parts).toString(),
      })
    })
  })
  sent.on('error', reject)
  sent.end(body)
  return promise
}

/** The session id that a daemon asks for. */
export async function sessionIdOf(socketPath: string): Promise<string> {
  const { status, headers } = await send(socketPath, '{}')
  expect(status).toBe(409)
  return String(headers['x-transmission-session-id'])
}

/** A message and what it is answered. */
export async function exchange(socketPath: string, message: unknown): Promise<Answer> {
  return send(socketPath, JSON.stringify(message), { sessionId: await sessionIdOf(socketPath) })
}

/** The whole answer to a call in Transmission's own dialect. */
export async function callRaw(daemon: Daemon, method: string, args: object = {}): Promise<Record<string, unknown>> {
  const { status, body } = await exchange(daemon.socketPath, { method, arguments: args, tag: 7 })
  expect(status).toBe(200)
  return JSON.parse(body) as Record<string, unknown>
}

/** The arguments of the answer to a call that must succeed. */
export async function call(daemon: Daemon, method: string, args: object = {}): Promise<Record<string, unknown>> {
  const answer = await callRaw(daemon, method, args)
  expect(answer).toMatchObject({ result: 'success', tag: 7 })
  return answer['arguments'] as Record<string, unknown>
}

/** What a call that must fail says. */
export async function refusal(daemon: Daemon, method: string, args: object = {}): Promise<string> {
  const { result } = await callRaw(daemon, method, args)
  expect(result).not.toBe('success')
  return String(result)
}

/** Fields of one torrent. */
export async function fieldsOf(
  daemon: Daemon,
  id: number,
  fields: readonly string[],
): Promise<Record<string, unknown>> {
  const { torrents } = await call(daemon, 'torrent-get', { ids: id, fields })
  return (torrents as Record<string, unknown>[])[0] ?? {}
}

/** A torrent of some files of 20,000 bytes, which are written below `folder`; of one file without a path. */
export function makeTorrent(folder: string, name: string, paths: readonly string[] = []): Uint8Array {
  const names = paths.length === 0 ? [name] : paths.map((path) => `${name}/${path}`)
  const data = names.map((path) => Buffer.alloc(20_000, path))
  for (const [i, path] of names.entries()) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), data[i]!)
  }
  const all = Buffer.concat(data)
  const pieces = Array.from({ length: Math.ceil(all.length / 16_384) }, (_, i) =>
    createHash('sha1')
      .update(all.subarray(i * 16_384, (i + 1) * 16_384))
      .digest(),
  )
  return buildTorrent({
    name,
    files: (paths.length === 0 ? [name] : paths).map((path) => ({ path: path.split('/'), length: 20_000 })),
    isMultiFile: paths.length > 0,
    pieceLength: 16_384,
    pieceHashes: Buffer.concat(pieces),
    trackers: [],
    comment: 'with a comment',
  })
}

/** Adds a torrent and gives its id. */
export async function add(daemon: Daemon, torrentFile: Uint8Array, options: object = {}): Promise<number> {
  const metainfo = Buffer.from(torrentFile).toString('base64')
  const answer = await call(daemon, 'torrent-add', { metainfo, ...options })
  return (answer['torrent-added'] as { id: number }).id
}
