// The methods of Transmission's remote control (rpc-spec, version 17) over the engine. Names and units are theirs.

import type { QueueMove } from '@ccbt/core'

import type { EngineTorrent } from '../engine/engine-torrent.ts'
import { invalidRequest } from '../errors.ts'
import { flagOf, required, textOf } from '../http/arguments.ts'
import type { Arguments } from '../http/arguments.ts'
import type { Call, Method } from './method.ts'
import {
  blocklistUpdate,
  freeSpace,
  groupGet,
  groupSet,
  portTest,
  sessionClose,
  sessionGet,
  sessionStats,
} from './session-methods.ts'
import { folderOf } from './numbers.ts'
import { sessionSet } from './session-set.ts'
import { torrentAdd } from './torrent-add.ts'
import { torrentGet } from './torrent-get.ts'
import { torrentsOf } from './torrent-ids.ts'
import { torrentSet } from './torrent-set.ts'

/** Every method by its name. */
export const METHODS: Readonly<Record<string, Method>> = {
  'session-get': { needs: 'read', run: sessionGet },
  'session-set': { needs: 'admin', run: sessionSet },
  'session-stats': { needs: 'read', run: sessionStats },
  'session-close': { needs: 'admin', run: sessionClose },
  'free-space': { needs: 'read', run: freeSpace },
  'port-test': { needs: 'read', run: portTest },
  'blocklist-update': { needs: 'admin', run: blocklistUpdate },
  'torrent-get': { needs: 'read', run: ({ engine }, args) => torrentGet(engine, args) },
  'torrent-set': { needs: 'control', run: torrentSet },
  'torrent-add': { needs: 'control', run: torrentAdd },
  'torrent-remove': { needs: 'control', run: torrentRemove },
  'torrent-start': forEach((torrent) => torrent.resume()),
  'torrent-start-now': forEach((torrent) => torrent.resume(true)),
  'torrent-stop': forEach((torrent) => torrent.pause()),
  'torrent-verify': forEach((torrent) => torrent.verify()),
  'torrent-reannounce': forEach((torrent) => torrent.reannounce()),
  'torrent-set-location': { needs: 'control', run: torrentSetLocation },
  'torrent-rename-path': { needs: 'control', run: torrentRenamePath },
  'queue-move-top': queueMove('top'),
  'queue-move-up': queueMove('up'),
  'queue-move-down': queueMove('down'),
  'queue-move-bottom': queueMove('bottom'),
  'group-get': { needs: 'read', run: groupGet },
  'group-set': { needs: 'admin', run: groupSet },
}

function forEach(act: (torrent: EngineTorrent) => Promise<void>): Method {
  return {
    needs: 'control',
    run: async ({ engine }, args) => {
      for (const torrent of torrentsOf(engine, args['ids'])) await act(torrent)
      return {}
    },
  }
}

function queueMove(to: QueueMove): Method {
  return {
    needs: 'control',
    run: async ({ engine }, args) => {
      await engine.queue(torrentsOf(engine, args['ids']), to)
      return {}
    },
  }
}

/** A forgotten `ids` would mean all torrents: that is refused here alone. */
async function torrentRemove({ engine }: Call, args: Arguments): Promise<Arguments> {
  const deletesData = flagOf(args, 'delete-local-data') ?? false
  for (const torrent of torrentsOf(engine, required(args['ids'], 'ids'))) await engine.remove(torrent, { deletesData })
  return {}
}

async function torrentSetLocation({ engine, isOwner }: Call, args: Arguments): Promise<Arguments> {
  const location = required(folderOf(args, 'location'), 'location')
  if (!isOwner) await engine.checkFolder(location)
  for (const torrent of torrentsOf(engine, required(args['ids'], 'ids'))) {
    await torrent.move(location, flagOf(args, 'move') ?? false)
  }
  return {}
}

async function torrentRenamePath({ engine }: Call, args: Arguments): Promise<Arguments> {
  const path = required(textOf(args, 'path'), 'path')
  const name = required(textOf(args, 'name'), 'name')
  const [torrent, ...others] = torrentsOf(engine, required(args['ids'], 'ids'))
  if (torrent === undefined || others.length > 0) throw invalidRequest('one torrent can be renamed at a time')
  await torrent.rename(path, name)
  return { id: torrent.id, path, name }
}
