import { describe, expect, it } from 'vitest'
import { isClosed, maskedValue } from '../src/over-network.ts'
import { SETTING_KEYS } from '../src/schema.ts'

describe('over the network', () => {
  it('nobody changes programs, folders, files, addresses that are told of things, or remote control', () => {
    expect(SETTING_KEYS.filter(isClosed)).toEqual(
      expect.arrayContaining([
        'alerts.command',
        'alerts.webhook',
        'daemon.auth',
        'daemon.roots',
        'daemon.tls_key',
        'log.file',
        'metrics.listen',
        'network.interface',
        'paths.download',
        'paths.state',
        'peers.ip_filter',
        'xet.trackers',
      ]),
    )
    expect(
      ['limits.download', 'queue.max_downloads', 'log.level', 'proxy.url'].filter((key) => isClosed(key as never)),
    ).toEqual([])
  })

  it.each([
    ['proxy.url', 'socks5://user:word@127.0.0.1:1080', 'socks5://***@127.0.0.1:1080'],
    ['proxy.url', 'socks5://127.0.0.1:1080', 'socks5://127.0.0.1:1080'],
    [
      'alerts.webhook',
      ['https://example.org/T0/secret', 'https://example.org'],
      'https://example.org/***, https://example.org',
    ],
    ['web_seeds.add', ['http://me:word@example.org/'], 'http://example.org/***'],
    ['xet.trackers', ['udp://127.0.0.1:6969/secret'], 'udp://127.0.0.1:6969/***'],
    ['alerts.command', ['/usr/bin/tell', '--token', 'secret'], '/usr/bin/tell, ***, ***'],
    ['files.exclude', ['***.nfo'], '***.nfo'],
    ['limits.download', 2_000_000, '2MB'],
  ] as const)('%s %s is %s', (key, value, text) => {
    expect(maskedValue(key, value)).toEqual({ text, isMasked: text.includes('***') && key !== 'files.exclude' })
  })
})
