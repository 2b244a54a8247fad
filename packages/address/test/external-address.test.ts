import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { ExternalAddressVote } from '../src/external-address.ts'

const OURS = '203.0.113.9'
const OTHER = '198.51.100.7'

/** A vote and everything that it reported. */
function election(): { vote: ExternalAddressVote; changes: string[] } {
  const changes: string[] = []
  return { vote: new ExternalAddressVote((ip, family) => changes.push(`${family} ${ip}`)), changes }
}

describe('ExternalAddressVote', () => {
  it('needs two networks that agree, and reports the winner once', () => {
    const { vote, changes } = election()
    vote.add(OURS, '10.0.0.1')
    expect(vote.winner('ipv4')).toBeUndefined()
    vote.add(OURS, '10.0.1.1')
    vote.add(OURS, '10.0.2.1')
    expect(vote.winner('ipv4')).toBe(OURS)
    expect(changes).toEqual([`ipv4 ${OURS}`])
  })

  it('gives a network one voice, whatever number of addresses it speaks from', () => {
    const { vote } = election()
    for (let host = 1; host < 255; host++) vote.add(OTHER, `192.0.2.${host}`)
    for (let host = 1; host < 255; host++) vote.add('2001:db8:1::1', `2001:db8:0:5::${host}`)
    expect(vote.winner('ipv4')).toBeUndefined()
    expect(vote.winner('ipv6')).toBeUndefined()
  })

  it('gives each name one voice', () => {
    const { vote, changes } = election()
    vote.add(OURS, 'dht')
    vote.add(OURS, 'dht')
    expect(changes).toEqual([])
    vote.add(OURS, 'gateway')
    expect(vote.winner('ipv4')).toBe(OURS)
  })

  it('counts the last word of a network', () => {
    const { vote } = election()
    vote.add(OTHER, '10.0.0.1')
    vote.add(OURS, '10.0.0.2')
    vote.add(OURS, '10.0.1.1')
    expect(vote.winner('ipv4')).toBe(OURS)
  })

  it('has no winner at half of the voices', () => {
    const { vote } = election()
    for (let net = 0; net < 10; net++) vote.add(net % 2 === 1 ? OURS : `8.8.8.${net}`, `10.0.${net}.1`)
    expect(vote.winner('ipv4')).toBeUndefined()
    vote.add(OURS, '10.0.99.1')
    expect(vote.winner('ipv4')).toBe(OURS)
  })

  it('keeps families apart, and reads mapped addresses as IPv4', () => {
    const { vote, changes } = election()
    vote.add(`::ffff:${OURS}`, '::ffff:10.0.0.1')
    vote.add(OURS, '10.0.0.2')
    expect(changes).toEqual([])
    vote.add('2001:db8::1', 'fe80::1%eth0')
    vote.add('2001:0db8:0::1', '10.0.0.1')
    vote.add(OURS, 'fe80::1')
    expect(changes).toEqual(['ipv6 2001:db8::1', `ipv4 ${OURS}`])
  })

  it.each([
    '192.168.1.2',
    '10.1.2.3',
    '127.0.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '::1',
    'fe80::1',
    'fd00::1',
    'nonsense',
    '',
  ])('does not count %j', (ip) => {
    const { vote, changes } = election()
    for (let net = 0; net < 20; net++) vote.add(ip, `10.0.${net}.1`)
    expect(changes).toEqual([])
  })

  it('follows a change of address when the majority does', () => {
    const { vote, changes } = election()
    for (let net = 0; net < 200; net++) vote.add(OURS, `10.0.${net}.1`)
    let needed = 0
    while (vote.winner('ipv4') === OURS) vote.add(OTHER, `10.1.${needed++}.1`)
    expect(needed).toBe(17)
    for (let net = 0; net < 100; net++) vote.add(OTHER, `10.1.${net}.1`)
    expect(changes).toEqual([`ipv4 ${OURS}`, `ipv4 ${OTHER}`])
  })

  it('agrees with a count over the last voices, whoever says what', () => {
    const word = fc.record({ net: fc.nat(60), ip: fc.constantFrom('8.8.8.1', '8.8.8.2', '8.8.8.3', '192.168.0.1') })
    fc.assert(
      fc.property(fc.array(word, { maxLength: 300 }), (words) => {
        const { vote, changes } = election()
        let expected: string | undefined
        let said: { net: number; ip: string }[] = []
        for (const { net, ip } of words) {
          vote.add(ip, `10.0.${net}.1`)
          if (ip !== '192.168.0.1') said = [...said.filter((one) => one.net !== net), { net, ip }].slice(-32)
          const winner = ['8.8.8.1', '8.8.8.2', '8.8.8.3'].find((candidate) => {
            const count = said.filter((one) => one.ip === candidate).length
            return count >= 2 && count > said.length / 2
          })
          expected = winner ?? expected
          expect(vote.winner('ipv4')).toBe(expected)
        }
        expect(changes.every((change, i) => change !== changes[i - 1])).toBe(true)
      }),
    )
  })
})
