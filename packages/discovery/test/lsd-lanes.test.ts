import type { NetworkInterfaceInfo } from 'node:os'

import { describe, expect, it } from 'vitest'

import { lanesOf, onLink } from '../src/lsd/lanes.ts'

function v4(address: string, prefix = 24, internal = false): NetworkInterfaceInfo {
  return { family: 'IPv4', address, netmask: '', mac: '', internal, cidr: `${address}/${prefix}` }
}

function v6(address: string, scopeid = 0, internal = false): NetworkInterfaceInfo {
  return { family: 'IPv6', address, netmask: '', mac: '', internal, cidr: `${address}/64`, scopeid }
}

const INTERFACES = {
  lo: [v4('127.0.0.1', 8, true), v6('::1', 0, true)],
  eth0: [v4('192.168.1.5'), v4('192.168.2.5'), v6('2001:db8::5'), v6('fe80::5', 2)],
  tun0: [v4('10.8.0.2')],
}

function names(bind: { v4?: string; v6?: string }): string[] {
  return lanesOf(INTERFACES, bind).map((lane) => `${lane.multicastInterface} from ${lane.bindAddress}`)
}

describe('lanes', () => {
  it('lead to every interface but the loopback', () => {
    expect(names({})).toEqual(['192.168.1.5 from 192.168.1.5', '::%eth0 from ::', '10.8.0.2 from 10.8.0.2'])
  })

  it('lead to the bound interface only, over the bound family only', () => {
    expect(names({ v4: '10.8.0.2' })).toEqual(['10.8.0.2 from 10.8.0.2'])
    expect(names({ v4: '192.168.2.5' })).toEqual(['192.168.2.5 from 192.168.2.5'])
    expect(names({ v6: '2001:db8::5' })).toEqual(['::%eth0 from 2001:db8::5'])
    expect(names({ v6: 'fe80::5%eth0' })).toEqual(['::%eth0 from fe80::5%eth0'])
    expect(names({ v4: '127.0.0.1', v6: '::1' })).toEqual(['127.0.0.1 from 127.0.0.1', '::%lo from ::1'])
  })

  it('lead over the loopback for any address of its subnets', () => {
    expect(names({ v4: '127.9.9.9' })).toEqual(['127.0.0.1 from 127.9.9.9'])
  })

  it('lead nowhere when the bound address is gone', () => {
    expect(names({ v4: '10.8.0.3' })).toEqual([])
    expect(lanesOf({}, {})).toEqual([])
  })

  it('are 16 at most', () => {
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`veth${n}`, [v6(`fe80::${n}`, n + 1)]]))
    expect(lanesOf(many, {})).toHaveLength(16)
  })
})

describe('what is on the link', () => {
  const isOnLink = onLink(lanesOf(INTERFACES, {}))

  it.each([
    ['192.168.1.77', 'ipv4', true],
    ['192.168.2.77', 'ipv4', true],
    ['192.168.3.77', 'ipv4', false],
    ['10.8.0.9', 'ipv4', true],
    ['2001:db8::77', 'ipv6', true],
    ['2001:db8:1::77', 'ipv6', false],
    ['8.8.8.8', 'ipv4', false],
  ] as const)('%s (%s): %s', (ip, family, expected) => {
    expect(isOnLink(ip, family)).toBe(expected)
  })

  it('is nothing without lanes', () => {
    expect(onLink([])('192.168.1.77', 'ipv4')).toBe(false)
  })
})
