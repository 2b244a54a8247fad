// Flags that stand for settings: they are the layer of the configuration that counts most.

import { resolve } from 'node:path'
import { wordLayer } from '@ccbt/config'
import type { Layer, SettingKey, Value } from '@ccbt/config'
import type { EncryptionPolicy, Preallocation } from '@ccbt/core'

/**
 * The flags of `add` and `seed` that stand for settings; what was not given is absent. A type, not an interface: it can
 * be looked at by name.
 */
export type SettingFlags = {
  readonly output?: string
  readonly data?: string
  readonly port?: number
  readonly bind?: string
  readonly interface?: string
  readonly proxy?: string
  readonly proxyFor?: readonly string[]
  readonly tcp?: boolean
  readonly utp?: boolean
  readonly encryption?: EncryptionPolicy
  readonly peer?: readonly string[]
  readonly ipFilter?: readonly string[]
  readonly maxPeers?: number
  readonly dht?: boolean
  readonly dhtBootstrap?: readonly string[]
  readonly lsd?: boolean
  readonly pex?: boolean
  readonly portMapping?: boolean
  readonly xet?: boolean
  readonly downloadLimit?: number
  readonly uploadLimit?: number
  readonly uploadSlots?: number
  readonly stateDir?: string
  readonly webseed?: readonly string[]
  readonly sequential?: boolean
  readonly preallocate?: Preallocation
  readonly superSeed?: boolean
  readonly seed?: boolean
  readonly seedRatio?: number
  readonly seedTime?: number
  readonly auth?: boolean
}

/** The setting of each flag, and the flag as it is typed. */
export const FLAGS: Readonly<Record<keyof SettingFlags, readonly [key: SettingKey, flag: string]>> = {
  output: ['paths.download', '--output'],
  data: ['paths.download', '--data'],
  port: ['network.port', '--port'],
  bind: ['network.bind', '--bind'],
  interface: ['network.interface', '--interface'],
  proxy: ['proxy.url', '--proxy'],
  proxyFor: ['proxy.for', '--proxy-for'],
  tcp: ['network.tcp', '--no-tcp'],
  utp: ['network.utp', '--no-utp'],
  encryption: ['network.encryption', '--encryption'],
  peer: ['peers.add', '--peer'],
  ipFilter: ['peers.ip_filter', '--ip-filter'],
  maxPeers: ['peers.max', '--max-peers'],
  dht: ['dht.enabled', '--no-dht'],
  dhtBootstrap: ['dht.bootstrap', '--dht-bootstrap'],
  lsd: ['lsd.enabled', '--lsd, --no-lsd'],
  pex: ['pex.enabled', '--no-pex'],
  portMapping: ['port_mapping.enabled', '--no-port-mapping'],
  xet: ['xet.enabled', '--xet'],
  downloadLimit: ['limits.download', '--download-limit'],
  uploadLimit: ['limits.upload', '--upload-limit'],
  uploadSlots: ['limits.upload_slots', '--upload-slots'],
  stateDir: ['paths.state', '--state-dir'],
  webseed: ['web_seeds.add', '--webseed'],
  sequential: ['pieces.strategy', '--sequential'],
  preallocate: ['disk.preallocate', '--preallocate'],
  superSeed: ['seeding.super', '--super-seed'],
  seed: ['seeding.enabled', '--seed, --no-seed'],
  seedRatio: ['seeding.ratio', '--seed-ratio'],
  seedTime: ['seeding.time', '--seed-time'],
  auth: ['daemon.auth', '--no-auth'],
}

const PATHS: ReadonlySet<string> = new Set<keyof SettingFlags>(['output', 'data', 'stateDir'])

/** The layer of the flags that were given. A seeding goal asks for seeding as well. */
export function flagLayer(given: SettingFlags): Layer {
  const hasGoal = given.seedRatio !== undefined || given.seedTime !== undefined
  const flags: SettingFlags = { ...(hasGoal ? { seed: true } : {}), ...given }
  const found = new Map<SettingKey, { value: Value; where: string }>()
  for (const [name, [key, where]] of Object.entries(FLAGS)) {
    const value = valueOf(flags, name)
    if (value !== undefined) found.set(key, { value, where })
  }
  return wordLayer('flag', found)
}

function valueOf(flags: Readonly<Record<string, Value | undefined>>, name: string): Value | undefined {
  const value = flags[name]
  if (name === 'sequential') return value === true ? name : undefined
  return typeof value === 'string' && PATHS.has(name) ? resolve(value) : value
}
