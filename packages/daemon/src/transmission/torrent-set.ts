// `torrent-set`: everything about a request is understood before anything is changed, so that it takes effect as a whole
// or, but for a disk that fails, not at all.

import type { Engine } from '../engine/engine.ts'
import type { EngineTorrent } from '../engine/engine-torrent.ts'
import { invalidRequest } from '../errors.ts'
import { flagOf, integerOf, textOf, textsOf } from '../http/arguments.ts'
import type { Arguments } from '../http/arguments.ts'
import type { OwnGoal, OwnLimit } from '../state/torrent-record.ts'
import { choosesFiles, chosenFiles } from './file-choice.ts'
import type { Call } from './method.ts'
import { amountOf, choiceOf, countOf, folderOf } from './numbers.ts'
import { GOAL_MODES, SPEED_BYTES } from './setting-fields.ts'
import { torrentsOf } from './torrent-ids.ts'
import { editedTrackers } from './tracker-edit.ts'

const MAX_LABELS = 100
const MAX_LABEL_LENGTH = 255
const MAX_PEERS = 10_000

/** Changes torrents. @throws DAEMON_REQUEST_INVALID, DAEMON_FOLDER_REFUSED, DISK_* */
export async function torrentSet({ engine, isOwner }: Call, args: Arguments): Promise<Arguments> {
  const torrents = torrentsOf(engine, args['ids'])
  refuseWhatCannotBe(args)
  const location = folderOf(args, 'location')
  if (location !== undefined && !isOwner) await engine.checkFolder(location)
  const plans = torrents.map((torrent) => planOf(torrent, args))
  for (const steps of plans) for (const step of steps) await step()
  await moveInQueue(engine, torrents, countOf(args, 'queuePosition'))
  return {}
}

/** Labels as users may give them. @throws DAEMON_REQUEST_INVALID */
export function labelsOf(args: Arguments): string[] | undefined {
  const labels = textsOf(args, 'labels')?.map((label) => label.trim())
  if (labels === undefined) return undefined
  const isRight = labels.every((label) => label !== '' && label.length <= MAX_LABEL_LENGTH && !label.includes(','))
  if (!isRight || labels.length > MAX_LABELS) throw invalidRequest('labels must be short, not empty and without commas')
  return [...new Set(labels)]
}

/** A number of connections. @throws DAEMON_REQUEST_INVALID */
export function peerLimitOf(args: Arguments): number | undefined {
  const limit = countOf(args, 'peer-limit')
  if (limit !== undefined && limit > MAX_PEERS) throw invalidRequest(`a torrent has at most ${MAX_PEERS} peers`)
  return limit
}

/** Says no to what ccbt does not have, unless it is asked to be as it is. @throws DAEMON_REQUEST_INVALID */
export function refuseWhatCannotBe(args: Arguments): void {
  if ((integerOf(args, 'bandwidthPriority') ?? 0) !== 0) throw invalidRequest('a torrent has no bandwidth priority')
  if ((textOf(args, 'group') ?? '') !== '') throw invalidRequest('there are no bandwidth groups')
  if (flagOf(args, 'honorsSessionLimits') === false) {
    throw invalidRequest('a torrent always honors the limits of the session')
  }
}

type Step = () => Promise<void>

function planOf(torrent: EngineTorrent, args: Arguments): Step[] {
  const { settings } = torrent
  const steps: Step[] = []
  const labels = labelsOf(args)
  if (labels !== undefined) steps.push(() => torrent.setLabels(labels))
  const downloadLimit = limitOf(args, 'download', settings.downloadLimit)
  const uploadLimit = limitOf(args, 'upload', settings.uploadLimit)
  if (downloadLimit !== undefined || uploadLimit !== undefined) {
    steps.push(() =>
      torrent.setLimits({ ...(downloadLimit && { downloadLimit }), ...(uploadLimit && { uploadLimit }) }),
    )
  }
  const ratioGoal = goalOf(args, 'seedRatio', settings.ratioGoal)
  const idleGoal = goalOf(args, 'seedIdle', settings.idleGoal)
  if (ratioGoal !== undefined || idleGoal !== undefined) {
    steps.push(() => torrent.setGoals({ ...(ratioGoal && { ratioGoal }), ...(idleGoal && { idleGoal }) }))
  }
  const maxPeers = peerLimitOf(args)
  if (maxPeers !== undefined) steps.push(() => torrent.setMaxPeers(maxPeers))
  return [...steps, ...contentSteps(torrent, args)]
}

function contentSteps(torrent: EngineTorrent, args: Arguments): Step[] {
  const steps: Step[] = []
  if (choosesFiles(args)) {
    const metainfo = torrent.metainfo()
    if (metainfo === undefined) throw invalidRequest('the files of this torrent are not known yet')
    const choice = chosenFiles(args, metainfo, torrent.wishes())
    steps.push(() => torrent.setFiles(choice))
  }
  const isSequential = flagOf(args, 'sequentialDownload')
  if (isSequential !== undefined) steps.push(() => torrent.setSequential(isSequential))
  const tiers = editedTrackers(args, torrent.trackers())
  if (tiers !== undefined) steps.push(() => torrent.setTrackers(tiers))
  const location = folderOf(args, 'location')
  if (location !== undefined) steps.push(() => torrent.move(location, true))
  return steps
}

function limitOf(args: Arguments, direction: 'download' | 'upload', now: OwnLimit | undefined): OwnLimit | undefined {
  const speed = countOf(args, `${direction}Limit`)
  const isOn = flagOf(args, `${direction}Limited`)
  if (speed === undefined && isOn === undefined) return undefined
  return { isOn: isOn ?? now?.isOn ?? false, bps: speed === undefined ? (now?.bps ?? 0) : speed * SPEED_BYTES }
}

function goalOf(args: Arguments, name: 'seedRatio' | 'seedIdle', now: OwnGoal | undefined): OwnGoal | undefined {
  const limit = amountOf(args, `${name}Limit`)
  const mode = choiceOf(args, `${name}Mode`, GOAL_MODES)
  if (limit === undefined && mode === undefined) return undefined
  return { mode: mode ?? now?.mode ?? 'session', limit: limit ?? now?.limit ?? 0 }
}

async function moveInQueue(
  engine: Engine,
  torrents: readonly EngineTorrent[],
  position: number | undefined,
): Promise<void> {
  if (position !== undefined) await engine.queue(torrents, position)
}
