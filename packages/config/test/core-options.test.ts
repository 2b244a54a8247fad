import { describe, expect, it } from 'vitest'
import { sessionOptions, torrentOptions } from '../src/core-options.ts'
import { SCHEMA, SETTING_KEYS } from '../src/schema.ts'
import type { SettingKey } from '../src/schema.ts'
import { Settings, wordLayer } from '../src/settings.ts'
import type { Value } from '../src/value.ts'

function settings(given: Partial<Record<SettingKey, Value>>): Settings {
  const entries = Object.entries(given).map(([key, value]) => [key as SettingKey, { value, where: '' }] as const)
  return new Settings([wordLayer('user', new Map(entries))], '/base')
}

/** A value that is not the default. */
function other(key: SettingKey): Value {
  // One that every computer has.
  if (key === 'network.interface') return 'lo'
  const spec = SCHEMA[key]
  if (spec.type === 'boolean') return spec.default !== true
  if (spec.type === 'choice') return spec.choices.find((choice) => choice !== spec.default)!
  if (spec.type === 'list') return ['a:1']
  return ['integer', 'number', 'size', 'rate', 'time'].includes(spec.type) ? 7 : '10.0.0.1'
}

/** Where state lives is told apart, and what to leave out needs the list of files. */
const ELSEWHERE: readonly SettingKey[] = ['paths.state', 'files.exclude']

describe('settings as options', () => {
  it.each(SETTING_KEYS.filter((key) => !ELSEWHERE.includes(key)))('%s has an effect where it is meant to', (key) => {
    const [plain, changed] = [settings({}), settings({ [key]: other(key) })]
    const isSession = SCHEMA[key].scope === 'session'
    expect(sessionOptions(changed, '/s')).toEqual(isSession ? expect.anything() : sessionOptions(plain, '/s'))
    expect(torrentOptions(changed)).toEqual(isSession ? torrentOptions(plain) : expect.anything())
    const both = (from: Settings): object => ({ session: sessionOptions(from, '/s'), torrent: torrentOptions(from) })
    expect(both(changed)).not.toEqual(both(plain))
  })

  it('a goal asks for seeding unless seeding is said not to be', () => {
    const stops = (given: Partial<Record<SettingKey, Value>>): unknown =>
      torrentOptions(settings(given)).stopWhenComplete
    expect(stops({})).toBe(true)
    expect(stops({ 'seeding.ratio': 0 })).toBe(false)
    expect(stops({ 'seeding.time': 1 })).toBe(false)
    expect(stops({ 'seeding.enabled': true })).toBe(false)
    expect(stops({ 'seeding.enabled': false, 'seeding.ratio': 2 })).toBe(true)
  })

  it('one limit of the local network sets it apart', () => {
    expect(sessionOptions(settings({}), '/s')).not.toHaveProperty('localLimits')
    expect(sessionOptions(settings({ 'limits.local_upload': 0 }), '/s')).toMatchObject({
      localLimits: { downloadBps: 0, uploadBps: 0 },
    })
  })
})
