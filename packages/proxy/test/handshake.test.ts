// The handshakes without a socket: every division of the proxy's bytes, every refusal, and whatever else it may say.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { Handshake, Step } from '../src/handshake.ts'
import { HttpConnectHandshake } from '../src/http-connect.ts'
import { Socks5Handshake } from '../src/socks5.ts'

const TARGET = { host: 'tracker.example', port: 6969 }
const CREDENTIALS = { user: 'ann', password: 'geheim' }
const OK_REPLY = [5, 0, 0, 1, 10, 0, 0, 1, 0x1f, 0x90]

/** What was sent and how it ended, when the proxy's messages come in the given pieces. */
function run(handshake: Handshake, messages: readonly (readonly number[])[], cut: (length: number) => number): Run {
  const sent = [handshake.hello]
  let step: Step = { kind: 'more' }
  for (const message of messages) {
    for (let at = 0; at < message.length && step.kind === 'more';) {
      const end = at + Math.max(1, cut(message.length - at))
      step = handshake.input(Uint8Array.from(message.slice(at, end)))
      if (step.kind === 'more' && step.send !== undefined) sent.push(step.send)
      at = end
    }
  }
  return { sent: sent.map((bytes) => Buffer.from(bytes).toString('latin1')), step }
}

interface Run {
  readonly sent: readonly string[]
  readonly step: Step
}

const whole = (length: number): number => length
/** Random divisions: each number is the length of the next part. */
const cuts = fc.infiniteStream(fc.integer({ min: 1, max: 7 })).map((stream) => (): number => stream.next().value ?? 1)

function ascii(text: string): number[] {
  return Array.from(Buffer.from(text, 'latin1'))
}

describe('SOCKS5', () => {
  it('asks for a name without resolving it', () => {
    const { sent, step } = run(new Socks5Handshake({ command: 'connect', target: TARGET }), [[5, 0], OK_REPLY], whole)
    expect(sent).toEqual(['\x05\x01\x00', '\x05\x01\x00\x03\x0ftracker.example\x1b\x39'])
    expect(step).toEqual({ kind: 'done', bound: { host: '10.0.0.1', port: 8080 } })
  })

  it.each([
    ['192.0.2.7', '\x01\xc0\x00\x02\x07'],
    ['2001:db8::7', '\x04\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07'],
  ])('asks for the address %s', (host, address) => {
    const handshake = new Socks5Handshake({ command: 'udp-associate', target: { host, port: 1 } })
    expect(run(handshake, [[5, 0]], whole).sent[1]).toBe(`\x05\x03\x00${address}\x00\x01`)
  })

  it('gives user and password when the proxy asks for them', () => {
    const handshake = new Socks5Handshake({ command: 'connect', target: TARGET, credentials: CREDENTIALS })
    const { sent, step } = run(handshake, [[5, 2], [1, 0], OK_REPLY], whole)
    expect(sent[0]).toBe('\x05\x02\x00\x02')
    expect(sent[1]).toBe('\x01\x03ann\x06geheim')
    expect(step.kind).toBe('done')
  })

  it('does not give them to a proxy that does not ask', () => {
    const handshake = new Socks5Handshake({ command: 'connect', target: TARGET, credentials: CREDENTIALS })
    expect(run(handshake, [[5, 0], OK_REPLY], whole).sent.join('')).not.toContain('geheim')
  })

  it.each([
    ['names', [5, 0, 0, 3, 2, 0x61, 0x62, 0, 80], 'ab'],
    ['IPv6', [5, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 80], '::1'],
  ])('reads replies with %s, however they are divided', (_, reply, host) => {
    fc.assert(
      fc.property(cuts, (cut) => {
        const handshake = new Socks5Handshake({ command: 'connect', target: TARGET, credentials: CREDENTIALS })
        const { sent, step } = run(handshake, [[5, 2], [1, 0], reply], cut)
        expect(sent).toHaveLength(3)
        expect(step).toEqual({ kind: 'done', bound: { host, port: 80 } })
      }),
    )
  })

  it.each([
    [1, 'it failed'],
    [2, 'its rules do not allow it'],
    [3, 'the network is unreachable'],
    [4, 'the host is unreachable'],
    [5, 'the connection was refused'],
    [6, 'the time to live expired'],
    [7, 'it does not support this command'],
    [8, 'it does not support this kind of address'],
    [91, 'it refuses with code 91'],
  ])('says why it is refused: code %i, even without an address behind it', (code, reason) => {
    const handshake = new Socks5Handshake({ command: 'connect', target: TARGET })
    expect(
      run(
        handshake,
        [
          [5, 0],
          [5, code],
        ],
        whole,
      ).step,
    ).toEqual({ kind: 'failed', reason, isAboutTarget: true })
  })

  it.each([
    ['a web server', [ascii('HTTP/1.1 400 Bad Request')], 'it does not speak SOCKS5'],
    ['SOCKS4', [[0, 90]], 'it does not speak SOCKS5'],
    ['no method', [[5, 0xff]], 'it wants a user and password'],
    ['a method that was not offered', [[5, 2]], 'it chose an authentication that it was not offered'],
    ['an answer that comes too early', [[5, 0, 5]], 'it sends more than its answer'],
    [
      'data behind the reply',
      [
        [5, 0],
        [...OK_REPLY, 1],
      ],
      'it sends more than its answer',
    ],
    [
      'an unknown kind of address',
      [
        [5, 0],
        [5, 0, 0, 9, 0, 0],
      ],
      'its reply has an unknown kind of address',
    ],
    [
      'a reply of another version',
      [
        [5, 0],
        [4, 0],
      ],
      'its reply is not SOCKS5',
    ],
  ])('fails at %s', (_, messages, reason) => {
    const handshake = new Socks5Handshake({ command: 'connect', target: TARGET })
    expect(run(handshake, messages, whole).step).toEqual({ kind: 'failed', reason })
  })

  it.each([
    [[[5, 0xff]], 'it accepts no user and password'],
    [
      [
        [5, 2],
        [1, 1],
      ],
      'it refuses the user and password',
    ],
  ])('says when user and password are of no use', (messages, reason) => {
    const handshake = new Socks5Handshake({ command: 'connect', target: TARGET, credentials: CREDENTIALS })
    expect(run(handshake, messages, whole).step).toEqual({ kind: 'failed', reason })
  })
})

describe('HTTP CONNECT', () => {
  it('asks for a name, with user and password', () => {
    const [hello] = run(new HttpConnectHandshake(TARGET, CREDENTIALS), [], whole).sent
    expect(hello).toBe(
      'CONNECT tracker.example:6969 HTTP/1.1\r\nHost: tracker.example:6969\r\n' +
        'Proxy-Authorization: Basic YW5uOmdlaGVpbQ==\r\n\r\n',
    )
  })

  it('puts brackets around an IPv6 address', () => {
    const [hello] = run(new HttpConnectHandshake({ host: '::1', port: 80 }), [], whole).sent
    expect(hello).toContain('CONNECT [::1]:80 HTTP/1.1\r\n')
  })

  it('reads the answer, however it is divided', () => {
    const answer = ascii('HTTP/1.1 200 Connection established\r\nVia: a\r\nX: \r\n\r\n')
    fc.assert(
      fc.property(cuts, (cut) => {
        expect(run(new HttpConnectHandshake(TARGET), [answer], cut).step).toEqual({ kind: 'done' })
      }),
    )
  })

  it.each([
    ['HTTP/1.1 403 Forbidden\r\n\r\nbody', 'it refuses with HTTP status 403'],
    ['HTTP/1.0 407 Proxy Authentication Required\r\n\r\n', 'it wants a user and password'],
    ['HTTP/1.1 200 OK\r\n\r\n\x16', 'it sends more than its answer'],
    ['HTTP/1.1 2000\r\n\r\n', 'its answer is not HTTP'],
    ['\x05\x01', 'it does not speak HTTP'],
    [`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 'its answer has more than 16384 bytes'],
    [`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(20_000)}`, 'its answer has more than 16384 bytes'],
  ])('fails at %j', (answer, reason) => {
    expect(run(new HttpConnectHandshake(TARGET), [ascii(answer)], whole).step).toMatchObject({ kind: 'failed', reason })
  })

  it('says when user and password are refused', () => {
    const handshake = new HttpConnectHandshake(TARGET, CREDENTIALS)
    const reason = 'it refuses the user and password'
    expect(run(handshake, [ascii('HTTP/1.1 407 No\r\n\r\n')], whole).step).toEqual({ kind: 'failed', reason })
  })
})

it.each([
  ['SOCKS5', () => new Socks5Handshake({ command: 'connect', target: TARGET, credentials: CREDENTIALS })],
  ['HTTP', () => new HttpConnectHandshake(TARGET, CREDENTIALS)],
])('%s: no bytes end in anything but a step, and no reason repeats them or the password', (_, make) => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }), cuts, (messages, cut) => {
      const { step } = run(
        make(),
        messages.map((bytes) => Array.from(bytes)),
        cut,
      )
      if (step.kind === 'failed') expect(step.reason).toMatch(/^(?!.*(?:geheim|ann)).{1,80}$/)
    }),
    { numRuns: 500 },
  )
})
