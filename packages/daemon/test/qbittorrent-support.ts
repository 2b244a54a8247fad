// A daemon that is asked through qBittorrent's Web API, over TCP behind a password as its clients come.

import type { IncomingHttpHeaders } from 'node:http'
import { request } from 'node:http'

import { parseTorrent } from '@ccbt/metainfo'
import { toHex } from '@ccbt/primitives'
import { expect, onTestFinished } from 'vitest'

import { AccessTable, hashPassword, openDatabase, startDaemon } from '../src/index.ts'
import type { Daemon } from '../src/index.ts'
import { temporaryFolder } from './rpc-support.ts'
import type { Answer } from './rpc-support.ts'

/** A running daemon with a way to ask it. */
export interface Stage {
  readonly daemon: Daemon
  readonly downloads: string
  readonly access: AccessTable
}

/** A daemon that ends with the test. */
export async function stage({ password }: { password?: string } = {}): Promise<Stage> {
  const downloads = temporaryFolder()
  const stateDir = temporaryFolder()
  const database = openDatabase(stateDir)
  onTestFinished(() => database.close())
  const access = new AccessTable(database)
  if (password !== undefined) access.setPasswordHash(await hashPassword(password))
  const daemon = await startDaemon({
    version: '0',
    session: { stateDir, bind: { v4: '127.0.0.1' } },
    downloadDirectory: downloads,
    remote: { addresses: [{ host: '127.0.0.1', port: 0 }] },
  })
  onTestFinished(() => daemon[Symbol.asyncDispose]())
  return { daemon, downloads, access }
}

/** One request over TCP. */
export function ask(
  { daemon }: Pick<Stage, 'daemon'>,
  path: string,
  { method = 'POST', body = '', headers = {} }: { method?: string; body?: string | Buffer; headers?: object } = {},
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const type = { 'content-type': 'application/x-www-form-urlencoded' }
  const sent = request(
    {
      host: '127.0.0.1',
      port: daemon.httpPorts[0],
      path: `/api/v2/${path}`,
      method,
      headers: { ...type, ...headers } as IncomingHttpHeaders,
    },
    (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', () => {
        const text = Buffer.concat(parts).toString()
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text })
      })
    },
  )
  sent.on('error', reject)
  sent.end(body)
  return promise
}

/** The cookie of a client that logs in. */
export async function login(stage: Stage, password: string): Promise<string> {
  const { status, headers, body } = await ask(stage, 'auth/login', { body: form({ username: 'admin', password }) })
  expect([status, body]).toEqual([200, 'Ok.'])
  return (headers['set-cookie']?.[0] ?? '').split(';')[0] ?? ''
}

export function form(fields: Readonly<Record<string, string>>): string {
  return new URLSearchParams(fields).toString()
}

/** A client that has logged in. */
export class Client {
  readonly #stage: Stage
  readonly #cookie: string

  constructor(stage: Stage, cookie: string) {
    this.#stage = stage
    this.#cookie = cookie
  }

  post(path: string, fields: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return ask(this.#stage, path, { body: form(fields), headers: { cookie: this.#cookie } })
  }

  get(path: string): Promise<Answer> {
    return ask(this.#stage, path, { method: 'GET', headers: { cookie: this.#cookie } })
  }

  /** What a method that must succeed says in JSON. */
  async read(path: string, fields: Readonly<Record<string, string>> = {}): Promise<unknown> {
    const { status, body } = await this.post(path, fields)
    expect([status, status === 200 ? '' : body], path).toEqual([200, ''])
    return JSON.parse(body) as unknown
  }

  /** Changes something that can be changed. */
  async does(path: string, fields: Readonly<Record<string, string>>): Promise<void> {
    const { status, body } = await this.post(path, fields)
    expect([status, body], path).toEqual([200, ''])
  }

  /** Adds a torrent as Sonarr does: a form whose last part is of no use. */
  async add(torrent: Uint8Array, fields: Readonly<Record<string, string>> = {}): Promise<string> {
    const { status, body } = await this.addAnything(torrent, fields)
    expect(status).toBe(200)
    return body
  }

  /** The same with whatever is answered. */
  addAnything(torrent: Uint8Array, fields: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return ask(this.#stage, 'torrents/add', {
      body: multipart(torrent, { ...fields, foo: 'bar' }),
      headers: { cookie: this.#cookie, 'content-type': 'multipart/form-data; boundary="-----------1234"' },
    })
  }
}

/** A client that has logged in with a token: hashing passwords takes long. */
export async function client(stage: Stage): Promise<Client> {
  return new Client(stage, await login(stage, stage.access.createToken('client', 'admin')))
}

/** A form with a torrent file. */
export function multipart(torrent: Uint8Array, fields: Readonly<Record<string, string>>): Buffer {
  const line = '-------------1234'
  const head = `${line}\r\nContent-Disposition: form-data; name="torrents"; filename="a.torrent"\r\nContent-Type: application/x-bittorrent\r\n\r\n`
  const rest = Object.entries(fields).map(
    ([name, value]) => `\r\n${line}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}`,
  )
  return Buffer.concat([Buffer.from(head), torrent, Buffer.from(`${rest.join('')}\r\n${line}--\r\n`)])
}

/** Machines may be busy. */
export const PATIENCE = { timeout: 30_000 }

export function hashOf(torrent: Uint8Array): string {
  return toHex(parseTorrent(torrent).infoHash)
}

/** A torrent of a list. */
export type Row = Record<string, unknown>

export async function info(client: Client, fields: Record<string, string> = {}): Promise<Row[]> {
  return (await client.read('torrents/info', fields)) as Row[]
}

export async function stateOf(client: Client, hash: string): Promise<unknown> {
  return (await info(client, { hashes: hash }))[0]?.['state']
}
