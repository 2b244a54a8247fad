import { describe, expect, it } from 'vitest'
import { sessionOptions, torrentOptions } from '../src/core-options.ts'
import { SCHEMA, SETTING_KEYS } from '../src/schema.ts'
import type { SettingKey } from '../src/schema.ts'
import { changes, Settings, wordLayer } from '../src/settings.ts'
import { parseText } from '../src/value.ts'
import type { Value } from '../src/value.ts'

function settings(given: Partial<Record<SettingKey, Value>>): Settings {
  const entries = Object.entries(given).map(([key, value]) => [key as SettingKey, { value, where: '' }] as const)
  return new Settings([wordLayer('user', new Map(entries))], '/base')
}

/** A value that is not the default. */
function other(key: SettingKey): Value {
  // One that every computer has.
  if (key === 'network.interface') return 'lo'
  if (key === 'proxy.url') return 'socks5://ann:geheim@127.0.0.1:1080'
  const spec = SCHEMA[key]
  if (spec.type === 'boolean') return spec.default !== true
  if (spec.type === 'choice') return spec.choices.find((choice) => choice !== spec.default)!
  if (spec.type === 'list') return ['a:1']
  return ['integer', 'number', 'size', 'rate', 'time'].includes(spec.type) ? 7 : '10.0.0.1'
}

/** Where state lives is told apart, what to leave out needs the list of files, and what a proxy is for needs a proxy, as trackers
 * for content need content. */
const ELSEWHERE: ReadonlySet<SettingKey> = new Set([
  'paths.state',
  'files.exclude',
  'proxy.for',
  'xet.trackers',
  'disk.min_free_space',
  'paths.incomplete',
])

/** What the session does for all torrents, and one of them may do otherwise. */
const BOTH: ReadonlySet<SettingKey> = new Set([
  'network.encryption',
  'dht.enabled',
  'lsd.enabled',
  'pex.enabled',
  'limits.upload_slots',
  'peers.max',
])

describe('settings as options', () => {
  /** These are for whoever starts a daemon. */
  const ours = SETTING_KEYS.filter((key) => !ELSEWHERE.has(key) && !/^(?:daemon|metrics|log|alerts)\./.test(key))
  it.each(ours)('%s has an effect where it is meant to', (key) => {
    const [plain, changed] = [settings({}), settings({ [key]: other(key) })]
    const isSession = SCHEMA[key].scope === 'session'
    const isOfBoth = BOTH.has(key)
    expect(sessionOptions(changed, '/s')).toEqual(
      isSession || isOfBoth ? expect.anything() : sessionOptions(plain, '/s'),
    )
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

  it('a proxy has its credentials and what it is for', () => {
    const url = 'socks5h://ann:p%40ss@proxy.example'
    const credentials = { user: 'ann', password: 'p@ss' }
    const proxy = { kind: 'socks5', host: 'proxy.example', port: 1080, credentials }
    expect(sessionOptions(settings({ 'proxy.url': url, 'proxy.for': ['web', 'peers'] }), '/s').proxy).toEqual({
      ...proxy,
      for: ['peers', 'web'],
    })
    expect(sessionOptions(settings({ 'proxy.for': ['web'] }), '/s')).not.toHaveProperty('proxy')
  })

  it('the password of a proxy is not shown', () => {
    const [before, after] = [settings({}), settings({ 'proxy.url': 'http://ann:geheim@127.0.0.1:3128' })]
    expect(changes(before, after)).toMatchObject([{ after: 'http://***@127.0.0.1:3128' }])
    const refused = parseText(SCHEMA['proxy.url'], 'socks4://ann:geheim@127.0.0.1', '/')
    expect(refused).toEqual({ problem: expect.stringMatching(/^must be a proxy such as (?!.*geheim)/) })
  })

  it('the local network is set apart where it has a limit of its own', () => {
    expect(sessionOptions(settings({}), '/s')).not.toHaveProperty('localLimits')
    expect(sessionOptions(settings({ 'limits.local_upload': 0 }), '/s').localLimits).toEqual({ uploadBps: 0 })
  })

  it('trackers for content come with the index', () => {
    const trackers = ['udp://127.0.0.1:6969/announce']
    expect(sessionOptions(settings({ 'xet.trackers': trackers }), '/state').xet).toBeUndefined()
    expect(sessionOptions(settings({ 'xet.trackers': trackers, 'xet.announce': 3 }), '/state').xet).toMatchObject({
      announce: 3,
      trackers,
    })
  })
})
