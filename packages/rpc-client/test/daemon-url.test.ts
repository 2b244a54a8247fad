import { describe, expect, it } from 'vitest'

import { daemonAddress } from '../src/index.ts'

describe('the address of a daemon', () => {
  it.each([
    ['192.0.2.1', { host: '192.0.2.1', port: 9091 }],
    ['http://[::1]:8080', { host: '::1', port: 8080 }],
    ['http://box:80/', { host: 'box', port: 80 }],
    ['https://box/torrents/', { host: 'box', port: 443, isTls: true, basePath: '/torrents' }],
    ['unix:/run/ccbt/daemon.sock', { socketPath: '/run/ccbt/daemon.sock' }],
    ['http://ann:p%40ss@box:1', { host: 'box', port: 1, user: 'ann', password: 'p@ss' }],
  ])('reads %s', (url, address) => {
    expect(daemonAddress(url)).toEqual(address)
  })

  it('takes a token', () => {
    expect(daemonAddress('box', 'ccbt_1')).toEqual({ host: 'box', port: 9091, token: 'ccbt_1' })
  })

  it.each(['', 'ftp://box', 'http://', 'http://a:b:c', 'http://%zz@box'])('refuses %j', (url) => {
    expect(() => daemonAddress(url)).toThrow(expect.objectContaining({ code: 'RPC_ADDRESS_INVALID' }))
  })
})
