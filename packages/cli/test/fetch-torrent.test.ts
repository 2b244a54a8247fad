import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { fetchTorrent } from '../src/sources/fetch-torrent.ts'

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const signal = new AbortController().signal
const code = (name: string): unknown => expect.objectContaining({ code: name })

describe('fetchTorrent', () => {
  it('gets the body, through redirects, relative ones too', async () => {
    const base = await serve((request, response) => {
      if (request.url === '/end') response.end('d4:infod0:0:ee')
      else response.writeHead(302, { location: request.url === '/start' ? '/middle' : `${base}/end` }).end()
    })
    const body = await fetchTorrent(`${base}/start`, { signal })
    expect(Buffer.from(body).toString()).toBe('d4:infod0:0:ee')
  })

  it('connects from the given local address', async () => {
    let from: string | undefined
    const base = await serve((request, response) => {
      from = request.socket.remoteAddress
      response.end('x')
    })
    await fetchTorrent(base, { signal, bind: '127.0.0.9' })
    expect(from).toBe('127.0.0.9')
  })

  it('gives up after 5 redirects', async () => {
    let requests = 0
    const base = await serve((_request, response) => {
      requests++
      response.writeHead(301, { location: '/again' }).end()
    })
    await expect(fetchTorrent(base, { signal })).rejects.toThrow(code('CLI_FETCH_FAILED'))
    expect(requests).toBe(6)
  })

  it.each(['file:///etc/passwd', 'ftp://127.0.0.1/x', 'gopher://x/', 'http://[::1'])(
    'does not follow a redirect to %s',
    async (location) => {
      const base = await serve((_request, response) => response.writeHead(302, { location }).end())
      await expect(fetchTorrent(base, { signal })).rejects.toThrow(code('CLI_FETCH_FAILED'))
    },
  )

  it.each([
    [404, 'CLI_FETCH_NOT_FOUND'],
    [410, 'CLI_FETCH_NOT_FOUND'],
    [401, 'CLI_FETCH_FORBIDDEN'],
    [403, 'CLI_FETCH_FORBIDDEN'],
    [500, 'CLI_FETCH_FAILED'],
    [204, 'CLI_FETCH_FAILED'],
  ])('status %d is %s', async (status, name) => {
    const base = await serve((_request, response) => response.writeHead(status).end())
    await expect(fetchTorrent(base, { signal })).rejects.toThrow(code(name))
  })

  it('stops reading an endless answer at 10 MiB', async () => {
    let sent = 0
    const base = await serve((_request, response) => {
      const part = Buffer.alloc(1024 * 1024)
      const more = (): void => {
        while (!response.destroyed && response.write(part)) sent += part.length
        sent += part.length
      }
      response.on('drain', more)
      more()
    })
    await expect(fetchTorrent(base, { signal })).rejects.toThrow(code('CLI_FETCH_FAILED'))
    expect(sent).toBeLessThan(64 * 1024 * 1024)
  })

  it('gives up on a server that says nothing', async () => {
    const base = await serve(() => {})
    await expect(fetchTorrent(base, { signal, timeoutMs: 50 })).rejects.toThrow(code('CLI_FETCH_TIMEOUT'))
  })

  it('gives up on a server that stops in the middle', async () => {
    const base = await serve((_request, response) => response.write('d'))
    await expect(fetchTorrent(base, { signal, timeoutMs: 200 })).rejects.toThrow(code('CLI_FETCH_TIMEOUT'))
  })

  it('names the host only: the address may hold a secret', async () => {
    const base = await serve((_request, response) => response.writeHead(500).end())
    const failure = fetchTorrent(`${base}/secret-passkey?key=abc`, { signal })
    await expect(failure).rejects.toThrow(expect.objectContaining({ message: expect.not.stringContaining('secret') }))
  })
})
