// Tunnels over real sockets: what is handed over, and how every kind of bad proxy ends.

import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'

import { createProxy } from '../src/proxy.ts'
import type { Proxy } from '../src/proxy.ts'
import { answering, clock, startProxy, success } from './scripted-proxy.ts'
import type { ScriptedProxy } from './scripted-proxy.ts'

const TARGET = { host: 'peer.example', port: 6881 }
const NEVER = new AbortController().signal
const OPTIONS = { timeoutMs: 5000, signal: NEVER }

const resources: AsyncDisposable[] = []
afterEach(async () => {
  for (const resource of resources.splice(0)) await resource[Symbol.asyncDispose]()
})

async function start(...[serve]: Parameters<typeof startProxy>): Promise<ScriptedProxy> {
  const server = await startProxy(serve)
  resources.push(server)
  return server
}

function proxyAt(port: number, onDown?: (reason: string) => void): Proxy {
  const credentials = { user: 'ann', password: 'geheim' }
  const settings = { kind: 'socks5', host: '127.0.0.1', port, credentials } as const
  return createProxy(settings, { clock, ...(onDown === undefined ? {} : { onDown }) })
}

async function drip(socket: Socket, bytes: readonly number[]): Promise<void> {
  for (const byte of bytes) {
    socket.write(Uint8Array.of(byte))
    await sleep(2)
  }
}

describe('a tunnel', () => {
  it('is handed over with every byte, when the proxy sends its answers byte by byte', async () => {
    const server = await start((socket) => {
      const answers = [[5, 2], [1, 0], success()]
      socket.on('data', (bytes) => {
        const answer = answers.shift()
        if (answer === undefined) socket.write(bytes)
        else void drip(socket, answer)
      })
    })
    const { socket, ready } = proxyAt(server.port).tunnel(TARGET, OPTIONS)
    await ready
    const echoed = Promise.withResolvers<string>()
    socket.on('data', (bytes) => echoed.resolve(bytes.toString()))
    socket.write('hello')
    expect(await echoed.promise).toBe('hello')
    socket.destroy()
  })

  it('reads into a buffer of its owner, and nothing before it is resumed', async () => {
    const server = await start((socket) => {
      answering([5, 0], success())(socket)
      socket.on('data', (bytes) => {
        if (bytes.toString() === 'hello') socket.write('world')
      })
    })
    let text = ''
    const buffer = new Uint8Array(64)
    const callback = (length: number): boolean => {
      text += Buffer.from(buffer.subarray(0, length)).toString()
      return true
    }
    const { socket, ready } = proxyAt(server.port).tunnel(TARGET, { ...OPTIONS, onread: { buffer, callback } })
    await ready
    socket.write('hello')
    await sleep(100)
    expect(text).toBe('')
    socket.resume()
    await expect.poll(() => text).toBe('world')
    socket.destroy()
  })

  it.each([
    ['answers garbage', answering([0x16, 3, 1, 0, 0]), 'it does not speak SOCKS5'],
    ['answers hugely', answering([5, ...new Uint8Array(1_000_000)]), 'it sends more than its answer'],
    ['refuses', answering([5, 0], [5, 5, 0, 1, 0, 0, 0, 0, 0, 0]), 'the connection was refused'],
    ['does not take the password', answering([5, 2], [1, 1]), 'it refuses the user and password'],
    ['closes at once', (socket: { end(): void }) => void socket.end(), 'it closed the connection'],
    ['lets the target speak first', answering([5, 0], [...success(), 1]), 'it sends more than its answer'],
  ])('fails with a reason when the proxy %s', async (_, serve, reason) => {
    const server = await start(serve)
    const { socket, ready } = proxyAt(server.port).tunnel(TARGET, OPTIONS)
    const message = `proxy socks5://127.0.0.1:${server.port}: ${reason}`
    await expect(ready).rejects.toMatchObject({ code: 'PROXY_FAILED', message })
    expect(socket.destroyed).toBe(true)
  })

  it('fails in time when the proxy hangs, and at once when it is aborted', async () => {
    const server = await start(() => {})
    const late = proxyAt(server.port).tunnel(TARGET, { timeoutMs: 50, signal: NEVER })
    await expect(late.ready).rejects.toThrow(/no answer in time/)
    const abort = new AbortController()
    const aborted = proxyAt(server.port).tunnel(TARGET, { timeoutMs: 60_000, signal: abort.signal })
    abort.abort()
    await expect(aborted.ready).rejects.toThrow(/aborted/)
    expect([late.socket.destroyed, aborted.socket.destroyed]).toEqual([true, true])
  })

  it.each(['a\r\nb', 'ü.example', ''])('is not asked for to %j', (host) => {
    expect(() => proxyAt(1).tunnel({ host, port: 1 }, OPTIONS)).toThrow(/cannot be asked for/)
  })
})

describe('a proxy that is down', () => {
  it('is told once until something gets through; a refused target does not count', async () => {
    let serve = answering([5, 0], [5, 5])
    const server = await start((socket) => serve(socket))
    const told: string[] = []
    const proxy = proxyAt(server.port, (reason) => told.push(reason))
    const attempt = async (): Promise<boolean> => {
      const { socket, ready } = proxy.tunnel(TARGET, OPTIONS)
      const isUp = await ready.then(
        () => true,
        () => false,
      )
      socket.destroy()
      return isUp
    }
    expect(await attempt()).toBe(false)
    expect(told).toEqual([])
    serve = answering([5, 0xff])
    expect([await attempt(), await attempt()]).toEqual([false, false])
    expect(told).toEqual([`proxy socks5://127.0.0.1:${server.port}: it accepts no user and password`])
    serve = answering([5, 0], success())
    expect(await attempt()).toBe(true)
    serve = answering([5, 0xff])
    expect(await attempt()).toBe(false)
    expect(told).toHaveLength(2)
  })
})
