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
import { editedTrackers } from '../transmission/tracker-edit.ts'
import { priorityOf } from './file-priority.ts'
import { flagField, listField, numberField } from './form.ts'
import type { Call, Method } from './method.ts'
import { NOT_FOUND, text } from './method.ts'
import { goalOfLimit } from './torrent-info.ts'
import { torrentOf, torrentsOf } from './torrent-list.ts'

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
  'torrents/setLocation': { needs: 'control', run: setLocation },
  'torrents/filePrio': forOne(setFilePriority),
  'torrents/renameFile': forOne(renamePath),
  'torrents/renameFolder': forOne(renamePath),
  'torrents/addTrackers': forOne((torrent, { fields }) =>
    editTrackers(torrent, { trackerAdd: listField(fields, 'urls', /\r?\n/) }),
  ),
  'torrents/removeTrackers': forOne(removeTrackers),
  'torrents/editTracker': forOne(editTracker),
  // What we do not have: a client that switches it on reads in the next answer that it is off.
  'torrents/toggleFirstLastPiecePrio': forEach(async () => {}),
  'torrents/setSuperSeeding': forEach(async () => {}),
  'torrents/setAutoManagement': forEach(async () => {}),
}

/** A method that does the same to all torrents in `hashes`. */
export function forEach(act: (torrent: EngineTorrent, call: Call) => Promise<void>): Method {
  return {
    needs: 'control',
    run: async (call) => {
      for (const torrent of torrentsOf(call)) await act(torrent, call)
    },
  }
}

function forOne(act: (torrent: EngineTorrent, call: Call) => Promise<HttpAnswer | void>): Method {
  return {
    needs: 'control',
    run: (call) => {
      const torrent = torrentOf(call)
      return torrent === undefined ? NOT_FOUND : act(torrent, call)
    },
  }
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

async function setFilePriority(torrent: EngineTorrent, { fields }: Call): Promise<void> {
  const priority = priorityOf(required(numberField(fields, 'priority'), 'priority'))
  const metainfo = torrent.metainfo()
  if (metainfo === undefined) throw invalidRequest('the files of this torrent are not known yet')
  const shown = shownFiles(metainfo)
  const files = listField(fields, 'id', '|').map((number) => {
    const index = /^\d{1,9}$/.test(number) ? shown[Number(number)] : undefined
    if (index === undefined) throw invalidRequest(`there is no file ${number}; the torrent has ${shown.length}`)
    return index
  })
  await torrent.setFiles(withPriority(torrent, { files, priority }))
}

/** A file or folder keeps its place: only its name may be another one. */
async function renamePath(torrent: EngineTorrent, { fields }: Call): Promise<HttpAnswer | void> {
  const from = required(textOf(fields, 'oldPath'), 'oldPath')
  const to = required(textOf(fields, 'newPath'), 'newPath')
  if (dirname(from) !== dirname(to)) return text('a file or folder cannot go to another folder', 409)
  await torrent.rename(from, posix.basename(to))
}

async function editTrackers(torrent: EngineTorrent, edit: Parameters<typeof editedTrackers>[0]): Promise<void> {
  const tiers = editedTrackers(edit, torrent.trackers())
  if (tiers !== undefined) await torrent.setTrackers(tiers)
}

async function removeTrackers(torrent: EngineTorrent, { fields }: Call): Promise<HttpAnswer | void> {
  const gone = new Set(listField(fields, 'urls', '|'))
  const trackerRemove = [...torrent.trackers().flat().entries()].flatMap(([i, url]) => (gone.has(url) ? [i] : []))
  if (trackerRemove.length === 0) return text('there is no such tracker', 409)
  await editTrackers(torrent, { trackerRemove })
}

async function editTracker(torrent: EngineTorrent, { fields }: Call): Promise<HttpAnswer | void> {
  const from = required(textOf(fields, 'origUrl'), 'origUrl')
  const to = required(textOf(fields, 'newUrl'), 'newUrl')
  const urls = torrent.trackers().flat()
  if (!urls.includes(from) || urls.includes(to)) return text('there is no such tracker, or the new one is there', 409)
  await editTrackers(torrent, { trackerReplace: [urls.indexOf(from), to] })
}
