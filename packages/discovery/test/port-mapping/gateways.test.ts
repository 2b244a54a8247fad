import { endianness } from 'node:os'

import { describe, expect, it } from 'vitest'

import { findGateways, parseRoutes4, parseRoutes6 } from '../../src/port-mapping/gateways.ts'

const V4 = [
  'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
  'wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0',
  'eth0\t00000000\tFE02A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0',
  // Without a gateway, down, to a network, and broken.
  'tun0\t00000000\t00000000\t0001\t0\t0\t50\t00000000\t0\t0\t0',
  'eth1\t00000000\t0101A8C0\t0002\t0\t0\t0\t00000000\t0\t0\t0',
  'eth0\t0002A8C0\t0101A8C0\t0003\t0\t0\t0\t00FFFFFF\t0\t0\t0',
  'eth0\t00000000\tXYZ\t0003\t0\t0\t0\t00000000\t0\t0\t0',
  'eth0\t00000000',
  '',
].join('\n')

const ZEROS = '0'.repeat(32)
const V6 = [
  `fd000000000000000000000000000000 40 ${ZEROS} 00 ${ZEROS} 00000100 00000002 00000000 00000001     eth0`,
  `${ZEROS} 00 ${ZEROS} 00 fe80000000000000020000fffe000001 00000400 00000002 00000000 00000003     eth0`,
  `${ZEROS} 00 ${ZEROS} 00 20010db8000000000000000000000001 00000100 00000002 00000000 00000003    wlan0`,
  `${ZEROS} 00 ${ZEROS} 00 ${ZEROS} ffffffff 00000001 00000000 00200200       lo`,
  'rubbish',
].join('\n')

describe('default routes', () => {
  it.runIf(endianness() === 'LE')('are read from the IPv4 table', () => {
    expect(parseRoutes4(V4)).toEqual([
      { interfaceName: 'wlan0', gateway: '192.168.1.1', metric: 600 },
      { interfaceName: 'eth0', gateway: '192.168.2.254', metric: 100 },
    ])
  })

  it('are read from the IPv6 table, link-local ones with their interface', () => {
    expect(parseRoutes6(V6)).toEqual([
      { interfaceName: 'eth0', gateway: 'fe80::200:ff:fe00:1%eth0', metric: 1024 },
      { interfaceName: 'wlan0', gateway: '2001:db8::1', metric: 256 },
    ])
  })
})

describe('findGateways', () => {
  it('finds none on a network that has none', async () => {
    expect(await findGateways('ipv4', '127.0.0.1')).toEqual([])
    expect(await findGateways('ipv6', '::1')).toEqual([])
  })
})
