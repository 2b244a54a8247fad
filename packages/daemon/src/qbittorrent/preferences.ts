// `app/preferences` and `app/setPreferences`: settings of the session under qBittorrent's names. Names of things that ccbt does
// not have are ignored when they are set, as clients send whole lists of them.

import type { Engine } from '../engine/engine.ts'
import type { AlternativePreferences, Preferences, Switched } from '../engine/preferences.ts'
import { flagOf, parseArguments, required, textOf } from '../http/arguments.ts'
import type { Arguments } from '../http/arguments.ts'
import type { OwnLimit } from '../state/torrent-record.ts'
import { amountOf, countOf, folderOf } from '../transmission/numbers.ts'
import type { Call } from './method.ts'

/** All that clients ask for. Rates are bytes per second, 0 = no limit; times minutes. */
export function preferencesShown(engine: Engine): Arguments {
  const { downloadDirectory, startsAdded, maxPeersPerTorrent } = engine.preferences.now
  return {
    save_path: downloadDirectory,
    temp_path: '',
    temp_path_enabled: false,
    auto_tmm_enabled: false,
    add_stopped_enabled: !startsAdded,
    start_paused_enabled: !startsAdded,
    torrent_content_layout: 'Original',
    torrent_stop_condition: 'None',
    add_to_top_of_queue: false,
    use_category_paths_in_manual_mode: true,
    use_subcategories: false,
    resume_data_storage_type: 'Legacy',
    max_connec: -1,
    max_connec_per_torrent: maxPeersPerTorrent,
    max_uploads: -1,
    max_uploads_per_torrent: -1,
    ...speeds(engine.preferences.now),
    ...queues(engine.preferences.now),
    ...goals(engine.preferences.now),
    ...network(engine),
  }
}

function speeds({ downloadLimit, uploadLimit, alternative }: Preferences): Arguments {
  return {
    dl_limit: downloadLimit.isOn ? downloadLimit.bps : 0,
    up_limit: uploadLimit.isOn ? uploadLimit.bps : 0,
    alt_dl_limit: alternative.downloadBps,
    alt_up_limit: alternative.uploadBps,
    scheduler_enabled: alternative.isScheduled,
  }
}

function queues({ downloadQueue, seedQueue, maxActive }: Preferences): Arguments {
  return {
    queueing_enabled: downloadQueue.isOn || seedQueue.isOn,
    max_active_downloads: downloadQueue.isOn ? downloadQueue.value : -1,
    max_active_uploads: seedQueue.isOn ? seedQueue.value : -1,
    max_active_torrents: maxActive ?? -1,
    dont_count_slow_torrents: true,
  }
}

function goals({ ratioGoal, idleGoal }: Preferences): Arguments {
  return {
    max_ratio_enabled: ratioGoal.isOn,
    max_ratio: ratioGoal.isOn ? ratioGoal.value : -1,
    // 0 = a torrent that has seeded enough is stopped.
    max_ratio_act: 0,
    max_seeding_time_enabled: false,
    max_seeding_time: -1,
    max_inactive_seeding_time_enabled: idleGoal.isOn,
    max_inactive_seeding_time: idleGoal.isOn ? idleGoal.value : -1,
  }
}

function network({ options, session }: Engine): Arguments {
  const { dht, pex = true, lsd = false, portMapping = false, encryption = 'allowed' } = options
  return {
    listen_port: session.summary().port,
    random_port: (options.port ?? 0) === 0,
    upnp: portMapping,
    dht: dht !== undefined,
    pex,
    lsd,
    // 0 = preferred, 1 = required, 2 = none.
    encryption: { required: 1, preferred: 0, allowed: 0, disabled: 2 }[encryption],
    ip_filter_enabled: (options.ipFilter ?? []).length > 0,
    web_ui_username: 'admin',
    bypass_local_auth: false,
    autorun_enabled: false,
    autorun_program: '',
    rss_processing_enabled: false,
    rss_auto_downloading_enabled: false,
  }
}

/** Changes settings. @throws DAEMON_REQUEST_INVALID, DAEMON_FOLDER_REFUSED */
export async function setPreferences({ engine, fields, isOwner }: Call): Promise<void> {
  const args = parseArguments(Buffer.from(required(textOf(fields, 'json'), 'json')))
  await engine.prefer(changesOf(engine.preferences.now, args), isOwner)
}

function changesOf(now: Preferences, args: Arguments): Partial<Preferences> {
  const downloadDirectory = folderOf(args, 'save_path')
  const isStopped = flagOf(args, 'add_stopped_enabled') ?? flagOf(args, 'start_paused_enabled')
  const downloadLimit = limitOf(args, 'dl_limit')
  const uploadLimit = limitOf(args, 'up_limit')
  const alternative = alternativeOf(args, now.alternative)
  return {
    ...(downloadDirectory === undefined ? {} : { downloadDirectory }),
    ...(isStopped === undefined ? {} : { startsAdded: !isStopped }),
    ...(downloadLimit && { downloadLimit }),
    ...(uploadLimit && { uploadLimit }),
    ...(alternative && { alternative }),
    ...queueChanges(now, args),
    ...goalChanges(now, args),
  }
}

function limitOf(args: Arguments, name: string): OwnLimit | undefined {
  const bps = countOf(args, name)
  return bps === undefined ? undefined : { isOn: bps > 0, bps }
}

function alternativeOf(args: Arguments, now: AlternativePreferences): AlternativePreferences | undefined {
  const downloadBps = countOf(args, 'alt_dl_limit')
  const uploadBps = countOf(args, 'alt_up_limit')
  if (downloadBps === undefined && uploadBps === undefined) return undefined
  return { ...now, downloadBps: downloadBps ?? now.downloadBps, uploadBps: uploadBps ?? now.uploadBps }
}

/** One switch of theirs is two of ours. */
function queueChanges(now: Preferences, args: Arguments): Partial<Preferences> {
  const isOn = flagOf(args, 'queueing_enabled')
  const downloadQueue = switchedOf(now.downloadQueue, isOn, limitedOf(args, 'max_active_downloads'))
  const seedQueue = switchedOf(now.seedQueue, isOn, limitedOf(args, 'max_active_uploads'))
  return { ...(downloadQueue && { downloadQueue }), ...(seedQueue && { seedQueue }) }
}

function goalChanges(now: Preferences, args: Arguments): Partial<Preferences> {
  const ratioGoal = switchedOf(now.ratioGoal, flagOf(args, 'max_ratio_enabled'), limitedOf(args, 'max_ratio'))
  const idleGoal = switchedOf(
    now.idleGoal,
    flagOf(args, 'max_inactive_seeding_time_enabled'),
    limitedOf(args, 'max_inactive_seeding_time'),
  )
  return { ...(ratioGoal && { ratioGoal }), ...(idleGoal && { idleGoal }) }
}

/** A number, or -1 for none. */
function limitedOf(args: Arguments, name: string): number | undefined {
  return args[name] === -1 ? -1 : amountOf(args, name)
}

function switchedOf(now: Switched, isOn: boolean | undefined, value: number | undefined): Switched | undefined {
  if (isOn === undefined && value === undefined) return undefined
  const isNone = value === -1
  return { isOn: !isNone && (isOn ?? now.isOn), value: isNone ? now.value : (value ?? now.value) }
}
