// `[[alert]]`: what is taken, and the line that says what is wrong.

import { describe, expect, it } from 'vitest'
import { parseAlertLimit } from '../src/alerts.ts'
import { parseSample } from './samples.ts'

describe('an alert', () => {
  it.each([
    ['alert = 1', ':1:1: alerts begin with a line [[alert]]'],
    ['[[alert]]\nname = "a"', ':1:3: an alert needs either a metric or an event'],
    ['[[alert]]\nmetric = "memory"\nabove = "1GB"', ':1:3: an alert needs a name'],
    ['[[alert]]\nname = "a"\nmetric = "memory"', ':1:3: a metric needs either above or below'],
    [
      '[[alert]]\nname = "a"\nmetric = "memory"\nabove = "1GB"\nbelow = "1"',
      ':1:3: a metric needs either above or below',
    ],
    ['[[alert]]\nname = "a"\nmetric = "memory"\nabove = "lots"', ":1:3: cannot compare with 'lots'"],
    ['[[alert]]\nname = "a"\nevent = "complete"\nfor = "1m"', ':1:3: above, below and for go with a metric'],
    ['[[alert]]\nname = "a"\nmetric = "memory"\nabove = "1"\ncount = 2', ':1:3: count and within go with an event'],
    ['[[alert]]\nname = "a"\nmetrik = "memory"', ":3:1: unknown key 'metrik', did you mean 'metric'?"],
  ])('%j says %j', (text, problem) => {
    const { problems } = parseSample(text)
    expect(problems.map((line) => line.slice(line.indexOf(':')))).toEqual([problem])
  })

  it.each([
    '[[alert]]\nname = "a"\nmetric = "free_space"\nbelow = "5GB"\nfor = "5m"\nseverity = "critical"',
    '[[alert]]\nname = "a"\nevent = "hash_failure"\ncount = 10\nwithin = "10m"',
    '[[alert]]\nname = "stalled"\nenabled = false',
  ])('%j is one', (text) => {
    expect(parseSample(text).problems).toEqual([])
  })
})

describe('a limit', () => {
  it.each([
    ['5GB', 5e9],
    ['1.5 GiB', 1.5 * 2 ** 30],
    ['10M', 1e7],
    ['250ms', 0.25],
    ['30m', 1800],
    ['7', 7],
    ['-1', undefined],
    ['5XB', undefined],
    ['', undefined],
  ])('%s', (text, expected) => {
    expect(parseAlertLimit(text)).toBe(expected)
  })
})
