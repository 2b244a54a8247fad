import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { isProxyTarget, parseProxyUrl, proxyLabel } from '../src/settings.ts'

describe('the address of a proxy', () => {
  it.each([
    ['socks5://127.0.0.1:1080', { kind: 'socks5', host: '127.0.0.1', port: 1080 }],
    ['SOCKS5H://proxy.example', { kind: 'socks5', host: 'proxy.example', port: 1080 }],
    ['socks5://[::1]:80', { kind: 'socks5', host: '::1', port: 80 }],
    ['http://proxy.example/', { kind: 'http', host: 'proxy.example', port: 80 }],
    [
      'http://ann:p%40ss@proxy.example:3128',
      { kind: 'http', host: 'proxy.example', port: 3128, credentials: { user: 'ann', password: 'p@ss' } },
    ],
  ])('%s', (text, expected) => {
    expect(parseProxyUrl(text)).toEqual(expected)
  })

  it('takes every user and password that is percent-encoded', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(text, text, (user, password) => {
        const url = `socks5://${encodeURIComponent(user)}:${encodeURIComponent(password)}@127.0.0.1:1`
        expect(parseProxyUrl(url).credentials).toEqual({ user, password })
        expect(proxyLabel(parseProxyUrl(url))).toBe('socks5://127.0.0.1:1')
      }),
    )
  })

  it.each([
    ['socks4://127.0.0.1:1', /must begin with/],
    ['127.0.0.1:1080', /must begin with/],
    ['socks5://ann:geheim@', /must be of the form/],
    ['socks5://ann:geheim@host:70000', /must be of the form/],
    ['socks5://ann:geheim@host:0', /must be of the form/],
    ['socks5://ann:geheim@host:1/path', /must be of the form/],
    ['socks5://ann@host:1', /only one of user and password/],
    ['socks5://:geheim@host:1', /only one of user and password/],
    ['socks5://ann:geheim%@host:1', /percent sign/],
    ['http://a%3Ann:geheim@host:1', /colon/],
    [`socks5://ann:geheim${'x'.repeat(250)}@host:1`, /more than 255 bytes/],
  ])('%s is refused and not repeated', (text, reason) => {
    const attempt = (): unknown => parseProxyUrl(text)
    expect(attempt).toThrow(reason)
    expect(attempt).not.toThrow(/geheim/)
  })
})

it('a proxy is asked for hosts only that cannot change its protocol', () => {
  const hosts = ['tracker.example', '2001:db8::1', '', 'a b', 'a\r\nb', 'ü.example', 'x'.repeat(256)]
  expect(hosts.map((host) => isProxyTarget({ host, port: 1 }))).toEqual([true, true, ...Array(5).fill(false)])
})
