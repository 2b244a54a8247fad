// Methods that change torrents which are there already.

import { dirname, posix } from 'node:path'

import type { QueueMove } from '@ccbt/core'

import type { EngineTorrent } from '../engine/engine-torrent.ts'
import { invalidRequest } from '../errors.ts'
import { withPriority } from '../faces/local-client.ts'
import { required, textOf } from '../http/arguments.ts'
import type { HttpAnswer } from '../http/route.ts'
import { shownFiles } from '../transmission/file-fields.ts'
import { folderOf } from '../transmission/numbers.ts'
import { priorityOf } from './file-priority.ts'
import { flagField, numberField } from './form.ts'
import type { Call, Method } from './method.ts'
import { text } from './method.ts'
import { shownNameOf } from './shown-name.ts'
import { goalOfLimit } from './torrent-info.ts'
import { forEach, forOne, torrentsOf } from './torrent-list.ts'
import { TRACKER_METHODS } from './tracker-methods.ts'

const stop = forEach((torrent) => torrent.pause())
const start = forEach((torrent) => torrent.resume())

/** Every method by its name. */
export const CHANGE_METHODS: Readonly<Record<string, Method>> = {
  'torrents/stop': stop,
  'torrents/pause': stop,
  'torrents/start': start,
  'torrents/resume': start,
  'torrents/recheck': forEach((torrent) => torrent.verify()),
  'torrents/reannounce': forEach((torrent) => torrent.reannounce()),
  'torrents/delete': { needs: 'control', run: remove },
  'torrents/topPrio': queueMove('top'),
  'torrents/bottomPrio': queueMove('bottom'),
  'torrents/increasePrio': queueMove('up'),
  'torrents/decreasePrio': queueMove('down'),
  'torrents/setForceStart': forEach((torrent, { fields }) => torrent.resume(flagField(fields, 'value') ?? false)),
  'torrents/setShareLimits': forEach((torrent, call) => setShareLimits(torrent, call)),
  'torrents/setDownloadLimit': forEach((torrent, call) => torrent.setLimits({ downloadLimit: limitOf(call) })),
  'torrents/setUploadLimit': forEach((torrent, call) => torrent.setLimits({ uploadLimit: limitOf(call) })),
  'torrents/toggleSequentialDownload': forEach((torrent) =>
    torrent.setSequential(torrent.settings.sequential !== true),
  ),
  'torrents/toggleFirstLastPiecePrio': forEach((torrent) =>
    torrent.setFirstLastFirst(torrent.settings.firstLastFirst !== true),
  ),
  'torrents/setSuperSeeding': forEach((torrent, { fields }) =>
    torrent.setSuperSeed(flagField(fields, 'value') ?? false),
  ),
  'torrents/setLocation': { needs: 'control', run: setLocation },
  'torrents/filePrio': forOne(setFilePriority),
  'torrents/rename': forOne(renameTorrent),
  'torrents/renameFile': forOne(renamePath),
  'torrents/renameFolder': forOne(renamePath),
  ...TRACKER_METHODS,
  // What we do not have: a client that switches it on reads in the next answer that it is off.
  'torrents/setAutoManagement': forEach(async () => {}),
}

async function remove(call: Call): Promise<void> {
  const deletesData = flagField(call.fields, 'deleteFiles') ?? false
  for (const torrent of torrentsOf(call)) await call.engine.remove(torrent, { deletesData })
}

/** Without queues there is no order: clients expect a conflict then. */
function queueMove(to: QueueMove): Method {
  return {
    needs: 'control',
    run: async (call) => {
      const { downloadQueue, seedQueue } = call.engine.preferences.now
      if (!downloadQueue.isOn && !seedQueue.isOn) return text('Torrent queueing must be enabled', 409)
      return call.engine.queue(torrentsOf(call), to)
    },
  }
}

async function setShareLimits(torrent: EngineTorrent, { fields }: Call): Promise<void> {
  const ratioGoal = goalOfLimit(numberField(fields, 'ratioLimit'))
  const timeGoal = goalOfLimit(numberField(fields, 'seedingTimeLimit'))
  const idleGoal = goalOfLimit(numberField(fields, 'inactiveSeedingTimeLimit'))
  await torrent.setGoals({
    ...(ratioGoal && { ratioGoal }),
    ...(timeGoal && { timeGoal }),
    ...(idleGoal && { idleGoal }),
  })
}

/** Bytes per second; 0 and less = none. */
function limitOf({ fields }: Call): { isOn: boolean; bps: number } {
  const bps = Math.max(0, Math.round(required(numberField(fields, 'limit'), 'limit')))
  return { isOn: bps > 0, bps }
}

async function setLocation(call: Call): Promise<void> {
  const location = required(folderOf(call.fields, 'location'), 'location')
  if (!call.isOwner) await call.engine.checkFolder(location)
  for (const torrent of torrentsOf(call)) await torrent.move(location, true)
}

async function setFilePriority(torrent: EngineTorrent, { fields }: Call): Promise<HttpAnswer | void> {
  const priority = priorityOf(required(numberField(fields, 'priority'), 'priority'))
  const numbers = required(textOf(fields, 'id'), 'id').split('|')
  if (!numbers.every((number) => /^\d{1,9}$/.test(number))) throw invalidRequest('id must be numbers of files')
  const metainfo = torrent.metainfo()
  if (metainfo === undefined) return text('the files of this torrent are not known yet', 409)
  const shown = shownFiles(metainfo)
  const files = numbers.flatMap((number) => shown[Number(number)] ?? [])
  if (files.length < numbers.length) return text(`there is no such file; the torrent has ${shown.length}`, 409)
  await torrent.setFiles(withPriority(torrent, { files, priority }))
}

async function renameTorrent(torrent: EngineTorrent, { fields }: Call): Promise<HttpAnswer | void> {
  const shownName = shownNameOf(required(textOf(fields, 'name'), 'name'))
  if (shownName === '') return text('Incorrect torrent name', 409)
  torrent.configure({ shownName })
}

/** A file or folder keeps its place: only its name may be another one. */
async function renamePath(torrent: EngineTorrent, { fields }: Call): Promise<HttpAnswer | void> {
  const from = required(textOf(fields, 'oldPath'), 'oldPath')
  const to = required(textOf(fields, 'newPath'), 'newPath')
  if (dirname(from) !== dirname(to)) return text('a file or folder cannot go to another folder', 409)
  await torrent.rename(from, posix.basename(to))
}
