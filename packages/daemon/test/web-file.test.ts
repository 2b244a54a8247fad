// Fetching for others: what they must not reach through us, and what a server must not do to us.

import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

import { describe, expect, it, onTestFinished } from 'vitest'

import { torrentFetcher } from '../src/fetch/torrent-fetcher.ts'
import { fetchWebFile } from '../src/fetch/web-file.ts'

const signal = new AbortController().signal
const LOCAL = { maxBytes: 1000, allowsLocal: true, signal }

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  onTestFinished(() => void server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

interface TestProxy extends SessionProxy {
  /** `host:port` of what it connected to. */
  readonly targets: string[]
  close(): Promise<void>
}

type SessionProxy = NonNullable<Parameters<typeof torrentFetcher>[0]['proxy']>

/** An HTTP proxy for which every name is a server on this machine. */
async function startProxy(): Promise<TestProxy> {
  const targets: string[] = []
  const server = createServer().on('connect', (request, socket: Socket) => {
    targets.push(request.url ?? '')
    const target = connect(Number(request.url?.split(':').at(-1)), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      socket.pipe(target).pipe(socket)
    })
    target.on('error', () => socket.destroy())
    socket.on('error', () => target.destroy())
  })
  onTestFinished(() => void server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = async (): Promise<void> => {
    await new Promise((resolve) => server.close(resolve))
  }
  return { kind: 'http', host: '127.0.0.1', port, targets, close }
}

describe('fetching through a proxy', () => {
  const asker = { cookies: '', allowsLocal: false, signal }

  it('is the only way, and the proxy resolves the names', async () => {
    const asked: string[] = []
    const base = await serve((request, response) => {
      asked.push(request.headers.host ?? '')
      response.end('body')
    })
    const { port } = new URL(base)
    const proxy = await startProxy()
    const fetchFile = torrentFetcher({ bind: '127.0.0.1', proxy })
    expect(Buffer.from(await fetchFile(`http://tracker.invalid:${port}/x`, asker)).toString()).toBe('body')
    expect(proxy.targets).toEqual([`tracker.invalid:${port}`])
    for (const inside of [base, `http://localhost:${port}/`, `http://a.localhost.:${port}/`]) {
      await expect(fetchFile(inside, asker)).rejects.toThrow('on this machine or a network of its own')
    }
    await proxy.close()
    await expect(fetchFile(`${base}/x`, { ...asker, allowsLocal: true })).rejects.toMatchObject({
      code: 'DAEMON_FETCH_FAILED',
    })
    expect(asked).toEqual([`tracker.invalid:${port}`])
  })

  it('is none where the proxy is for other traffic', async () => {
    const base = await serve((_, response) => void response.end('body'))
    const proxy = { ...(await startProxy()), for: ['peers'] } as const
    const fetchFile = torrentFetcher({ bind: '127.0.0.1', proxy })
    expect(await fetchFile(base, { ...asker, allowsLocal: true })).toHaveLength(4)
    expect(proxy.targets).toEqual([])
  })
})

describe('fetching a file', () => {
  it.each([
    'http://127.0.0.1:1/x',
    'http://localhost:1/x',
    'http://[::1]:1/x',
    'http://[::ffff:127.0.0.1]:1/x',
    'http://10.0.0.1/x',
    'http://169.254.169.254/latest',
    'http://0.0.0.0:1/x',
    'http://2130706433/x',
  ])('refuses %s for strangers', async (url) => {
    await expect(fetchWebFile(url, { maxBytes: 1000, signal })).rejects.toMatchObject({
      code: 'DAEMON_FETCH_FAILED',
      message: expect.stringContaining('on this machine or a network of its own') as string,
    })
  })

  it.each(['file:///etc/passwd', 'ftp://127.0.0.1/x', 'gopher://x', 'no address'])('knows no %s', async (url) => {
    await expect(fetchWebFile(url, LOCAL)).rejects.toThrow('only http and https addresses are fetched')
  })

  it('sends cookies to the first server only, and follows redirects', async () => {
    const seen: (string | undefined)[] = []
    const second = await serve((request, response) => {
      seen.push(request.headers.cookie)
      response.end('body')
    })
    const first = await serve((request, response) => {
      seen.push(request.headers.cookie)
      response.writeHead(302, { location: second }).end()
    })
    expect(Buffer.from(await fetchWebFile(first, { ...LOCAL, cookies: 'a=b' })).toString()).toBe('body')
    expect(seen).toEqual(['a=b', undefined])
  })

  it('gives up on loops, on too much and on refusals', async () => {
    const loop = await serve((_, response) => void response.writeHead(302, { location: '/' }).end())
    await expect(fetchWebFile(loop, LOCAL)).rejects.toThrow('more than 5 redirects')
    const large = await serve((_, response) => void response.end(Buffer.alloc(1001)))
    await expect(fetchWebFile(large, LOCAL)).rejects.toThrow('the answer is too big')
    const closed = await serve((_, response) => void response.writeHead(403).end())
    await expect(fetchWebFile(closed, LOCAL)).rejects.toThrow('it answers 403')
    const elsewhere = await serve((_, response) => void response.writeHead(302, { location: 'file:///x' }).end())
    await expect(fetchWebFile(elsewhere, LOCAL)).rejects.toThrow('only http and https')
  })
})
