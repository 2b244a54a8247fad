// `session-set`: what may be changed of the session while it runs. Clients send whole pages of settings back, so that a
// setting which cannot be changed is refused only when it would have to.

import { isDeepStrictEqual } from 'node:util'

import type { AlternativePreferences, Preferences, Switched } from '../engine/preferences.ts'
import { invalidRequest } from '../errors.ts'
import { flagOf } from '../http/arguments.ts'
import type { Arguments } from '../http/arguments.ts'
import type { OwnLimit } from '../state/torrent-record.ts'
import type { Call } from './method.ts'
import { amountOf, countOf, folderOf } from './numbers.ts'
import { sessionFields } from './session-fields.ts'
import { SPEED_BYTES } from './setting-fields.ts'

/** Those that may be changed. */
const CHANGEABLE: ReadonlySet<string> = new Set([
  'download-dir',
  'start-added-torrents',
  'speed-limit-down',
  'speed-limit-down-enabled',
  'speed-limit-up',
  'speed-limit-up-enabled',
  'alt-speed-down',
  'alt-speed-up',
  'alt-speed-enabled',
  'alt-speed-time-enabled',
  'alt-speed-time-begin',
  'alt-speed-time-end',
  'alt-speed-time-day',
  'seedRatioLimit',
  'seedRatioLimited',
  'idle-seeding-limit',
  'idle-seeding-limit-enabled',
  'download-queue-size',
  'download-queue-enabled',
  'seed-queue-size',
  'seed-queue-enabled',
  'peer-limit-per-torrent',
])

const DAY_MINUTES = 1440
const ALL_DAYS = 127

/** Changes settings. @throws DAEMON_REQUEST_INVALID, DAEMON_FOLDER_REFUSED */
export async function sessionSet({ engine, sessionId, isOwner }: Call, args: Arguments): Promise<Arguments> {
  refuseFixed(sessionFields({ engine, sessionId, freeBytes: -1 }), args)
  const changes = changesOf(engine.preferences.now, args)
  if (Object.keys(changes).length > 0) await engine.prefer(changes, isOwner)
  return {}
}

function refuseFixed(now: Arguments, args: Arguments): void {
  for (const [name, value] of Object.entries(args)) {
    if (CHANGEABLE.has(name) || !Object.hasOwn(now, name) || name === 'download-dir-free-space') continue
    const isSame =
      isDeepStrictEqual(now[name], value) || (typeof now[name] === 'boolean' && Number(now[name]) === value)
    if (!isSame) throw invalidRequest(`${name} cannot be changed while the daemon runs`)
  }
}

function changesOf(now: Preferences, args: Arguments): Partial<Preferences> {
  const downloadDirectory = folderOf(args, 'download-dir')
  const startsAdded = flagOf(args, 'start-added-torrents')
  const downloadLimit = limitOf(args, 'speed-limit-down', now.downloadLimit)
  const uploadLimit = limitOf(args, 'speed-limit-up', now.uploadLimit)
  const alternative = alternativeOf(args, now.alternative)
  const maxPeersPerTorrent = countOf(args, 'peer-limit-per-torrent')
  return {
    ...(downloadDirectory === undefined ? {} : { downloadDirectory }),
    ...(startsAdded === undefined ? {} : { startsAdded }),
    ...(downloadLimit === undefined ? {} : { downloadLimit }),
    ...(uploadLimit === undefined ? {} : { uploadLimit }),
    ...(alternative === undefined ? {} : { alternative }),
    ...(maxPeersPerTorrent === undefined ? {} : { maxPeersPerTorrent }),
    ...switchesOf(now, args),
  }
}

type Switches = Pick<Preferences, 'ratioGoal' | 'idleGoal' | 'downloadQueue' | 'seedQueue'>

const SWITCHES: Readonly<Record<keyof Switches, readonly [value: string, isOn: string]>> = {
  ratioGoal: ['seedRatioLimit', 'seedRatioLimited'],
  idleGoal: ['idle-seeding-limit', 'idle-seeding-limit-enabled'],
  downloadQueue: ['download-queue-size', 'download-queue-enabled'],
  seedQueue: ['seed-queue-size', 'seed-queue-enabled'],
}

function switchesOf(now: Preferences, args: Arguments): Partial<Switches> {
  const out: { -readonly [Key in keyof Switches]?: Switched } = {}
  for (const key of ['ratioGoal', 'idleGoal', 'downloadQueue', 'seedQueue'] as const) {
    const [valueName, flagName] = SWITCHES[key]
    const value = key === 'ratioGoal' ? amountOf(args, valueName) : countOf(args, valueName)
    const isOn = flagOf(args, flagName)
    if (value === undefined && isOn === undefined) continue
    out[key] = { value: value ?? now[key].value, isOn: isOn ?? now[key].isOn }
  }
  return out
}

function limitOf(args: Arguments, name: string, now: OwnLimit): OwnLimit | undefined {
  const speed = countOf(args, name)
  const isOn = flagOf(args, `${name}-enabled`)
  if (speed === undefined && isOn === undefined) return undefined
  return { isOn: isOn ?? now.isOn, bps: speed === undefined ? now.bps : speed * SPEED_BYTES }
}

function alternativeOf(args: Arguments, now: AlternativePreferences): AlternativePreferences | undefined {
  const limits = given({
    isOn: flagOf(args, 'alt-speed-enabled'),
    downloadBps: bpsOf(args, 'alt-speed-down'),
    uploadBps: bpsOf(args, 'alt-speed-up'),
    isScheduled: flagOf(args, 'alt-speed-time-enabled'),
  })
  const times = given({
    beginMinute: boundedOf(args, 'alt-speed-time-begin', DAY_MINUTES - 1),
    endMinute: boundedOf(args, 'alt-speed-time-end', DAY_MINUTES),
    days: boundedOf(args, 'alt-speed-time-day', ALL_DAYS),
  })
  if (limits === undefined && times === undefined) return undefined
  const { spans, ...first } = now
  return { ...first, ...(spans === undefined || times !== undefined ? {} : { spans }), ...limits, ...times }
}

/** Those that are there; `undefined` when none is. */
function given(values: object): object | undefined {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined)
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

function bpsOf(args: Arguments, name: string): number | undefined {
  const speed = countOf(args, name)
  return speed === undefined ? undefined : speed * SPEED_BYTES
}

function boundedOf(args: Arguments, name: string, most: number): number | undefined {
  const value = countOf(args, name)
  if (value !== undefined && value > most) throw invalidRequest(`${name} must be at most ${most}`)
  return value
}
