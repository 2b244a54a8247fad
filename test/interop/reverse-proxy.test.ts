// Debian's nginx in front of a daemon, as simple as the documents say: below a path, which it takes away or leaves.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AccessTable, hashPassword, openDatabase, startDaemon } from '@ccbt/daemon'
import type { Daemon } from '@ccbt/daemon'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Child } from './drivers/child.ts'
import { freePort, runNginx, whyNoNginx } from './drivers/nginx.ts'

const reason = whyNoNginx()
const AUTHORIZATION = `Basic ${Buffer.from('ccbt:right').toString('base64')}`

let folder: string
let daemon: Daemon
let nginx: Child
const ports = { taken: 0, left: 0 }

function configuration(): string {
  const [port] = daemon.httpPorts
  const server = (listen: number, target: string): string => `server {
    listen 127.0.0.1:${listen};
    location /torrents/ {
      proxy_pass http://127.0.0.1:${port}${target};
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $http_x_from;
    }
  }`
  return `access_log off; ${server(ports.taken, '/')} ${server(ports.left, '')}`
}

beforeAll(async () => {
  if (reason !== undefined) return
  folder = mkdtempSync(join(tmpdir(), 'ccbt-proxy-'))
  const stateDir = join(folder, 'state')
  const database = openDatabase(stateDir)
  new AccessTable(database).setPasswordHash(await hashPassword('right'))
  database.close()
  daemon = await startDaemon({
    version: '0',
    session: { stateDir, bind: { v4: '127.0.0.1' } },
    downloadDirectory: join(folder, 'downloads'),
    remote: {
      addresses: [{ host: '127.0.0.1', port: 0 }],
      basePath: '/torrents',
      hostNames: ['box.example'],
      trustedProxies: ['127.0.0.1'],
    },
  })
  ports.taken = await freePort()
  ports.left = await freePort()
  const work = join(folder, 'nginx')
  mkdirSync(work)
  nginx = await runNginx(work, configuration(), `http://127.0.0.1:${ports.left}/`)
})

afterAll(async () => {
  if (reason !== undefined) return
  await nginx.stop()
  await daemon[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

interface Wish {
  readonly authorization?: string
  readonly from?: string
  readonly origin?: string
}

type Call = Omit<RequestInit, 'headers'> & { readonly headers?: Readonly<Record<string, string>> }

/** A request through the proxy; `from` is who the proxy says that it is. */
function ask(port: number, path: string, wish: Wish = {}, init: Call = {}): Promise<Response> {
  const { authorization = AUTHORIZATION, from = '192.0.2.1', origin } = wish
  const headers = { authorization, 'x-from': from, ...(origin === undefined ? {} : { origin }), ...init.headers }
  return fetch(`http://127.0.0.1:${port}/torrents/${path}`, { ...init, headers })
}

describe.skipIf(reason !== undefined)(
  `a daemon behind nginx${reason === undefined ? '' : ` (skipped: ${reason})`}`,
  () => {
    it.each(['taken', 'left'] as const)('answers below a path that is %s', async (which) => {
      const port = ports[which]
      expect((await ask(port, 'transmission/rpc', {}, { method: 'POST' })).status).toBe(409)
      expect(await (await ask(port, 'api/v2/app/version')).text()).toBe('v5.0.5')
      expect(await (await ask(port, 'metrics')).text()).toContain('ccbt_build_info')
      const body = JSON.stringify({ method: 'ccbt-state', params: {} })
      const call = { method: 'POST', headers: { 'content-type': 'application/json' }, body }
      expect((await ask(port, 'ccbt/rpc', { origin: `http://127.0.0.1:${port}` }, call)).status).toBe(200)
      expect((await ask(port, 'ccbt/rpc', { origin: 'http://evil.example' }, call)).status).toBe(403)
    })

    it('tells what changes when it changes', async () => {
      const end = new AbortController()
      const { body } = await ask(ports.taken, 'ccbt/events', {}, { signal: end.signal })
      const { value } = await body!.getReader().read()
      expect(Buffer.from(value ?? []).toString()).toContain('event: state')
      end.abort()
    })

    it('tells its clients apart, and none can say that it is another one', async () => {
      const guess = { authorization: 'Basic eDp3cm9uZw==', from: '192.0.2.7' }
      for (let i = 0; i < 4; i++) expect((await ask(ports.left, 'metrics', guess)).status).toBe(401)
      expect((await ask(ports.left, 'metrics', { from: '192.0.2.7' })).status).toBe(429)
      // What a client adds to the list stands before what the proxy says, which alone counts.
      expect((await ask(ports.left, 'metrics', { from: '192.0.2.8, 192.0.2.7' })).status).toBe(429)
      expect((await ask(ports.left, 'metrics', { from: '192.0.2.7, 192.0.2.8' })).status).toBe(200)
    })
  },
)
