import { networkInterfaces } from 'node:os'
import { describe, expect, it } from 'vitest'

import { boundFamilies, interfaceAddresses } from '../src/index.ts'

const INTERFACES = {
  lo: [{ address: '127.0.0.1' }, { address: '::1' }],
  tun0: [{ address: '10.8.0.2' }],
  eth0: [
    { address: 'fe80::1' },
    { address: '192.168.1.5' },
    { address: 'fd00::5' },
    { address: '2001:4860::5' },
    { address: '192.168.1.6' },
  ],
  wlan0: [{ address: 'fe80::2' }],
}

describe('the addresses of an interface', () => {
  it.each([
    ['lo', { v4: '127.0.0.1', v6: '::1' }],
    ['tun0', { v4: '10.8.0.2' }],
    ['eth0', { v4: '192.168.1.5', v6: '2001:4860::5' }],
  ])('are one of each family that can be used: %s', (name, addresses) => {
    expect(interfaceAddresses(name, INTERFACES)).toEqual(addresses)
  })

  it.each(['wlan0', 'tun1', ''])("are none, which is an error that names the others: '%s'", (name) => {
    expect(() => interfaceAddresses(name, INTERFACES)).toThrow(/no network interface '.*lo, tun0, eth0, wlan0/)
  })

  it('are found on this machine', () => {
    expect(interfaceAddresses('lo', networkInterfaces())).toMatchObject({ v4: '127.0.0.1' })
  })

  it('leave the other family out', () => {
    expect(boundFamilies(interfaceAddresses('tun0', INTERFACES))).toEqual(['ipv4'])
    expect(boundFamilies({})).toEqual(['ipv4', 'ipv6'])
  })
})
