import { describe, expect, it } from 'vitest'

import { parseHours } from '../src/hours.ts'

describe('hours of a week', () => {
  it.each([
    ['mon-fri 08:00-18:00', [1, 2, 3, 4, 5], '08:00', '18:00'],
    ['Sun 22:00-06:00', [0], '22:00', '06:00'],
    ['sat-mon 00:00-24:00', [6, 0, 1], '00:00', '24:00'],
    ['daily 01:30-07:00', [0, 1, 2, 3, 4, 5, 6], '01:30', '07:00'],
  ])('reads %s', (text, days, from, to) => {
    expect(parseHours(text)).toEqual({ days, from, to })
  })

  it.each([
    '',
    'mon',
    'mon 8:00-18:00',
    'mon-fre 08:00-18:00',
    'mon 24:00-25:00',
    'mon 08:00-18:60',
    'daily',
    'mon 08:00-18:00 ',
  ])('refuses %s', (text) => {
    expect(parseHours(text)).toBeUndefined()
  })
})
