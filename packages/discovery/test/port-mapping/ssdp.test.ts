import { describe, expect, it } from 'vitest'

import { VirtualClock } from '@ccbt/testkit'

import { mayAnswer, readLocation, searchDevices } from '../../src/port-mapping/ssdp.ts'
import { fakeServer } from './fake-gateway.ts'
import type { FakeServer } from './fake-gateway.ts'
import { searchAnswer } from './fake-igd.ts'

const NEVER = new AbortController().signal

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** A search in time that stands still at 1 ms: it ends by what it hears, or never. */
async function search(target: FakeServer, gateways: readonly string[], signal = NEVER): Promise<string[]> {
  const clock = new VirtualClock()
  const searching = searchDevices({ clock, from: '127.0.0.1', target, gateways }, signal)
  const started = setInterval(() => void clock.advance(clock.now() === 0 ? 1 : 0), 5)
  const urls = await searching
  clearInterval(started)
  expect(clock.pendingTimers).toBe(0)
  return urls.map(({ href }) => href)
}

describe('searchDevices', () => {
  it('ends a flood', async () => {
    await using server = await fakeServer(() => [])
    const flood = setInterval(() => {
      if (server.received.length === 0) return
      for (let i = 0; i < 20; i++) server.sayTo(bytes('HTTP/1.1 200 OK\r\nST: nothing\r\n\r\n'), server.sender)
    }, 1)
    expect(await search(server, [])).toEqual([])
    clearInterval(flood)
  })

  it('ends with the answer of the gateway, which goes first and is never crowded out', async () => {
    const strangers = await Promise.all(Array.from({ length: 12 }, (_, i) => fakeServer(() => [], `127.0.1.${i + 1}`)))
    await using gateway = await fakeServer((_bytes, from) => {
      for (const stranger of strangers) stranger.sayTo(bytes(searchAnswer(`http://${stranger.host}/`)), from)
      return [bytes(searchAnswer('http://127.0.0.1/root.xml'))]
    })
    const urls = await search(gateway, ['127.0.0.1'])
    expect(urls).toHaveLength(9)
    expect(urls[0]).toBe('http://127.0.0.1/root.xml')
    for (const stranger of strangers) await stranger[Symbol.asyncDispose]()
  })

  it('ends when it is given up, before or while it searches', async () => {
    const abort = new AbortController()
    await using server = await fakeServer(() => {
      abort.abort()
      return []
    })
    expect(await search(server, [], abort.signal)).toEqual([])
    expect(await search(server, [], AbortSignal.abort())).toEqual([])
  })
})

describe('readLocation', () => {
  it('reads headers in any case and order, the first of each', () => {
    const st = 'urn:schemas-upnp-org:device:InternetGatewayDevice:2'
    const text = `HTTP/1.0 200 OK\r\nlocation:http://10.0.0.1:5000/a?b\r\nLOCATION: http://10.0.0.2/\r\nst: ${st}\r\n\r\n`
    expect(readLocation(bytes(text), '10.0.0.1')?.href).toBe('http://10.0.0.1:5000/a?b')
    expect(readLocation(bytes(text), '10.0.0.2')).toBeUndefined()
  })

  it.each(['http://0x0a.0.0.1/', 'http://167772161/', 'http://10.1/'])('knows the host behind %s', (url) => {
    expect(readLocation(bytes(searchAnswer(url)), '10.0.0.1')?.hostname).toBe('10.0.0.1')
    expect(readLocation(bytes(searchAnswer(url)), '10.0.0.2')).toBeUndefined()
  })
})

describe('mayAnswer', () => {
  it.each([
    ['192.168.1.1', true],
    ['169.254.7.7', true],
    ['8.8.8.8', false],
    ['127.0.0.1', false],
    ['0.0.0.0', false],
    ['239.255.255.250', false],
  ])('%s to a search of the network: %s', (host, isAllowed) => {
    expect(mayAnswer(host, { host: '239.255.255.250', port: 1900 })).toBe(isAllowed)
  })
})
