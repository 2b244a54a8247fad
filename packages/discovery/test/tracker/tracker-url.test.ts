import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { isCcbtError } from '@ccbt/primitives'

import { percentEncoded, withQuery } from '../../src/tracker/announce-query.ts'
import { parseTrackerUrl } from '../../src/tracker/tracker-url.ts'

describe('tracker URL', () => {
  it.each([
    ['http://tracker.example/announce', 80, 'tracker.example', '/announce'],
    ['HTTPS://Tracker.Example/a?b=c#d', 443, 'tracker.example', '/a?b=c'],
    ['udp://tracker.example', 80, 'tracker.example', '/'],
    ['udp://tracker.example:1337/announce', 1337, 'tracker.example:1337', '/announce'],
    ['udp://[2001:DB8::1]:6969/announce', 6969, '[2001:db8::1]:6969', '/announce'],
    ['udp://bücher.example:1/', 1, 'xn--bcher-kva.example:1', '/'],
  ])('reads %s', (text, port, label, path) => {
    expect(parseTrackerUrl(text)).toMatchObject({ port, label, path, isLocal: false })
  })

  it.each([
    '127.0.0.1',
    '[::1]',
    '192.168.1.2',
    'localhost',
    'LOCALHOST',
    'a.localhost',
    '2130706433',
    '0x7f.1',
    '0.0.0.0',
  ])('knows that %s is inside', (host) => {
    for (const scheme of ['http', 'udp']) expect(parseTrackerUrl(`${scheme}://${host}:80/announce`).isLocal).toBe(true)
  })

  it.each([
    '',
    'tracker.example',
    'file:///etc/passwd',
    'gopher://x',
    'wss://x/',
    'http://',
    'http://:80',
    'udp://x:0',
    'udp://x:65536',
    'http:/x',
    ' http://x',
  ])('refuses %j', (text) => {
    expect(() => parseTrackerUrl(text)).toThrow(
      expect.objectContaining({ code: 'TRACKER_URL_UNSUPPORTED', blame: 'input' }),
    )
  })

  it('gives a URL or its one error for any text, and never breaks a request line', () => {
    const text = fc.tuple(fc.constantFrom('', 'http://', 'udp://', 'https://u:p@h:1/'), fc.string({ unit: 'binary' }))
    fc.assert(
      fc.property(text, ([head, tail]) => {
        try {
          const url = parseTrackerUrl(head + tail)
          expect(url.path).toMatch(/^\/[!-~]*$/)
          expect(url.hostname).toMatch(/^[!-~]+$/)
        } catch (error) {
          expect(isCcbtError(error, 'TRACKER_URL_UNSUPPORTED')).toBe(true)
        }
      }),
    )
  })
})

describe('announce query', () => {
  it('encodes bytes so that they come back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const text = percentEncoded(bytes)
        expect(text).toMatch(/^(?:[\w.~-]|%[0-9A-F]{2})*$/)
        const decoded = text.replaceAll(/%(..)/g, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)))
        expect(Uint8Array.from(decoded, (char) => char.codePointAt(0)!)).toEqual(bytes)
      }),
    )
  })

  it.each([
    ['/a', '/a?q'],
    ['/a?', '/a?q'],
    ['/a?b=c', '/a?b=c&q'],
    ['/a?b=c&', '/a?b=c&q'],
  ])('is added to %s', (path, expected) => {
    expect(withQuery(path, 'q')).toBe(expected)
  })
})
