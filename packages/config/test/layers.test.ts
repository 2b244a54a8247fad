// All layers at once, from real files, against a model that knows only their order.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { collectProblems } from '../src/errors.ts'
import { loadConfig } from '../src/load.ts'
import type { ConfigRequest } from '../src/load.ts'
import type { SettingKey } from '../src/schema.ts'
import { changes, wordLayer } from '../src/settings.ts'
import type { LayerKind } from '../src/settings.ts'
import { variableName } from '../src/text-layers.ts'

let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'ccbt-config-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

/** In the order in which they count. */
const LAYERS = [
  'system',
  'user',
  'system profile',
  'user profile',
  'run-time',
  'rule',
  'later rule',
  'torrent',
  'beside',
  'environment',
  'argument',
  'flag',
] as const
type LayerName = (typeof LAYERS)[number]

/** Of numbers without a unit, so that a value is its own text. */
const KEYS = ['seeding.ratio', 'peers.max', 'network.port'] as const satisfies readonly SettingKey[]
const DEFAULTS = { 'seeding.ratio': undefined, 'peers.max': 80, 'network.port': 0 }
/** Settings of the session cannot stand in rules and torrents' files. */
const FOR_TORRENTS: ReadonlySet<LayerName> = new Set(['rule', 'later rule', 'torrent', 'beside'])

type Values = Partial<Record<(typeof KEYS)[number], number>>
type Given = Partial<Record<LayerName, Values>>

const given: fc.Arbitrary<Given> = fc.record(
  Object.fromEntries(
    LAYERS.map((layer) => {
      const keys = FOR_TORRENTS.has(layer) ? KEYS.slice(0, 1) : KEYS
      return [
        layer,
        fc.record(Object.fromEntries(keys.map((key) => [key, fc.integer({ min: 1, max: 9999 })])), {
          requiredKeys: [],
        }),
      ]
    }),
  ),
  { requiredKeys: [] },
)

const INFO_HASH = 'ab'.repeat(20)
const FACTS = { infoHash: INFO_HASH, trackerHosts: [], isPrivate: true }

function lines(values: Values = {}, prefix = ''): string {
  return Object.entries(values)
    .map(([key, value]) => `${prefix}${key} = ${value}\n`)
    .join('')
}

/** Writes the files and returns what reads them. */
async function write(layers: Given): Promise<ConfigRequest> {
  const folder = await mkdtemp(join(root, 'run-'))
  const file = async (name: string, text: string): Promise<string> => {
    if (text !== '') await writeFile(join(folder, name), text)
    return join(folder, name)
  }
  await mkdir(join(folder, 'torrents.d'))
  await mkdir(join(folder, 'state'))
  const rule = (values?: Values): string =>
    values === undefined ? '' : `[[rule]]\nwhen.private = true\n${lines(values, 'set.')}`
  const profile = (values?: Values): string => lines(values, 'profiles.p.')
  const system = await file('system.toml', lines(layers.system) + profile(layers['system profile']) + rule(layers.rule))
  // Of two rules in two files, that of the user counts more.
  const user = await file(
    'user.toml',
    lines(layers.user) + profile(layers['user profile']) + rule(layers['later rule']),
  )
  await file('state/settings.toml', lines(layers['run-time']))
  await file(`torrents.d/${INFO_HASH}.toml`, lines(layers.torrent))
  await file('a.torrent.toml', lines(layers.beside))
  const hasProfile = lines(layers['system profile']) + lines(layers['user profile']) !== ''
  const flags = Object.entries(layers.flag ?? {}).map(
    ([key, value]) => [key as SettingKey, { value, where: '--flag' }] as const,
  )
  return {
    places: { system, user, isUserNamed: false, torrents: join(folder, 'torrents.d') },
    ...(hasProfile ? { profile: 'p' } : {}),
    environment: Object.fromEntries(
      Object.entries(layers.environment ?? {}).map(([key, value]) => [variableName(key as SettingKey), String(value)]),
    ),
    sets: Object.entries(layers.argument ?? {}).map(([key, value]) => `${key}=${value}`),
    flags: wordLayer('flag', new Map(flags)),
    folder,
    stateFolder: join(folder, 'state'),
  }
}

function kindOf(layer: LayerName | undefined): LayerKind {
  if (layer === undefined) return 'default'
  if (layer === 'beside') return 'torrent'
  if (layer === 'later rule') return 'rule'
  return layer === 'system profile' || layer === 'user profile' ? 'profile' : layer
}

describe('layers', () => {
  it('the last one that has a setting counts', async () => {
    await fc.assert(
      fc.asyncProperty(given, async (layers) => {
        const request = await write(layers)
        const file = join(request.folder, 'a.torrent')
        const { settings } = await (await loadConfig(request)).forTorrent({ ...FACTS, file })
        for (const key of KEYS) {
          const expected = LAYERS.findLast((layer) => layers[layer]?.[key] !== undefined)
          const value = expected === undefined ? DEFAULTS[key] : layers[expected]?.[key]
          expect([settings.get(key), settings.origin(key).kind]).toEqual([value, kindOf(expected)])
        }
      }),
      { numRuns: 150 },
    )
  })

  it('say where each value is', async () => {
    const request = await write({
      user: { 'peers.max': 7 },
      rule: { 'seeding.ratio': 3 },
      environment: { 'network.port': 9 },
    })
    const config = await loadConfig(request)
    const { settings, rules } = await config.forTorrent(FACTS)
    expect(settings.origin('peers.max')).toEqual({ kind: 'user', where: `${request.places.user}:1:7` })
    expect(settings.origin('seeding.ratio')).toEqual({ kind: 'rule', where: `${request.places.system}:3:13` })
    expect(settings.origin('network.port')).toEqual({ kind: 'environment', where: 'CCBT_NETWORK__PORT' })
    expect(settings.origin('limits.upload')).toEqual({ kind: 'default', where: '' })
    expect(rules.map(({ where }) => where)).toEqual([`${request.places.system}:1:3`])
    // Rules are about torrents.
    expect(config.session.get('seeding.ratio')).toBeUndefined()
  })

  it('a difference is told with what it needs', async () => {
    const before = (await loadConfig(await write({ user: { 'peers.max': 7 } }))).session
    const request = await write({})
    const after = (await loadConfig({ ...request, sets: ['limits.upload=1M', 'seeding.time=2h'], folder: '/' })).session
    expect(changes(before, after).filter(({ key }) => key !== 'paths.download')).toEqual([
      { key: 'limits.upload', before: '0', after: '1MB', apply: 'live' },
      { key: 'peers.max', before: '7', after: '80', apply: 'restart' },
      { key: 'seeding.time', before: undefined, after: '2h', apply: 'live' },
    ])
    expect(changes(after, after)).toEqual([])
  })
})

describe('what cannot be used', () => {
  async function problems(change: Partial<ConfigRequest>, layers: Given = {}): Promise<string[]> {
    const request = await write(layers)
    const found: string[] = []
    await collectProblems(loadConfig({ ...request, ...change }), found)
    return found.map((problem) => problem.replace(request.folder, ''))
  }

  it.each<[Partial<ConfigRequest>, string]>([
    [
      { sets: ['limits.downlod=1'] },
      "--set limits.downlod: unknown key 'limits.downlod', did you mean 'limits.download'?",
    ],
    [{ sets: ['peers.max'] }, '--set peers.max: expects section.key=value'],
    [{ sets: ['peers.max=0'] }, '--set peers.max: must be a whole number from 1 to 10000, not 0'],
    [{ environment: { CCBT_PEERS__MAX: 'x' } }, "CCBT_PEERS__MAX: must be a whole number from 1 to 10000, not 'x'"],
    [{ environment: { CCBT_PERS__MAX: '1' } }, 'CCBT_PERS__MAX: no such setting, did you mean CCBT_PEERS__MAX?'],
    [{ profile: 'pp' }, "--profile pp: no such profile, did you mean 'p'?"],
  ])('%j', async (change, problem) => {
    expect(await problems(change, { 'user profile': { 'peers.max': 3 } })).toEqual([problem])
  })

  it('is told all at once', async () => {
    expect(await problems({ sets: ['a=1', 'b.c=1'], profile: 'none' })).toHaveLength(3)
  })

  it('is a file that was named and is not there', async () => {
    const { places } = await write({})
    expect(await problems({ places: { ...places, isUserNamed: true } })).toEqual([
      `${places.user}: no such file (--config names it)`,
    ])
  })

  it('other variables of ours are left alone', async () => {
    expect(await problems({ environment: { CCBT_DEBUG: '', CCBT__X: '1', PATH__X: '' } })).toEqual([])
  })
})
