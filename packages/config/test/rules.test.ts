import { describe, expect, it } from 'vitest'
import { RuleMatcher } from '../src/rules.ts'
import type { TorrentFacts } from '@ccbt/metainfo'
import { parseSample } from './samples.ts'

const FACTS: TorrentFacts = {
  infoHash: '00'.repeat(20),
  name: 'Debian 13 DVD',
  size: 4_000_000_000,
  isPrivate: false,
  labels: ['new', 'linux'],
  watchFolder: '/srv/in',
  trackerHosts: ['Tracker.Example.org', '192.0.2.7'],
}
const { name: _, size: __, isPrivate: ___, labels: ____, watchFolder: _____, ...UNKNOWN } = FACTS

function fits(when: string, facts: TorrentFacts = FACTS): boolean {
  const { rules, problems } = parseSample(`[[rule]]\nwhen = { ${when} }`)
  expect(problems).toEqual([])
  return new RuleMatcher(rules).matching(facts).length === 1
}

describe('conditions', () => {
  it.each([
    ['tracker = "tracker.example.org"', true],
    ['tracker = "TRACKER.EXAMPLE.ORG"', true],
    ['tracker = "*.example.org"', true],
    ['tracker = "*.org"', true],
    ['tracker = "example.org"', false],
    ['tracker = "*.xample.org"', false],
    ['tracker = "192.0.2.7"', true],
    ['name = "debian"', true],
    ['name = "^debian \\\\d+ DVD$"', true],
    ['name = "^DVD"', false],
    ['min_size = "4GB"', true],
    ['min_size = 4_000_000_001', false],
    ['max_size = "4GB"', true],
    ['max_size = "3.9GB"', false],
    ['private = false', true],
    ['private = true', false],
    ['label = "linux"', true],
    ['label = "Linux"', false],
    ['watch = "/srv/in"', true],
    ['watch = "/srv"', false],
    ['private = false, max_size = "1GB"', false],
    ['private = false, min_size = "1GB", name = "dvd"', true],
  ])('{ %s }: %j', (when, expected) => {
    expect(fits(when)).toBe(expected)
  })

  it.each([
    'name = "."',
    'min_size = 0',
    'max_size = "8192T"',
    'private = false',
    'label = "linux"',
    'watch = "/srv/in"',
  ])('{ %s } does not hold when it is not known', (when) => {
    expect(fits(when, UNKNOWN)).toBe(false)
  })
})

describe('patterns', () => {
  it('without end are given up for good, and nothing else is', () => {
    const { rules } = parseSample(`
      [[rule]]
      when.name = '^(a+)+$'
      [[rule]]
      when.name = 'a'
    `)
    const matcher = new RuleMatcher(rules)
    const [evil, good] = rules
    expect(matcher.matching({ ...FACTS, name: 'aaaa' })).toEqual([evil, good])
    expect(matcher.problems).toEqual([])
    expect(matcher.matching({ ...FACTS, name: `${'a'.repeat(100)}!` })).toEqual([good])
    expect(matcher.problems).toEqual(["/home/u/c.toml:2:9: the name's pattern takes too long; the rule is left out"])
    expect(matcher.matching({ ...FACTS, name: 'aaaa' })).toEqual([good])
  })

  it('look at 300 characters of a name', () => {
    expect(fits('name = "x$"', { ...FACTS, name: `${'a'.repeat(299)}x${'b'.repeat(10)}` })).toBe(true)
    expect(fits('name = "b"', { ...FACTS, name: `${'a'.repeat(300)}b` })).toBe(false)
  })
})
