// Fetching for others: what they must not reach through us, and what a server must not do to us.

import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

import { describe, expect, it, onTestFinished } from 'vitest'

import { fetchWebFile } from '../src/fetch/web-file.ts'

const signal = new AbortController().signal
const LOCAL = { maxBytes: 1000, allowsLocal: true, signal }

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  onTestFinished(() => void server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

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
