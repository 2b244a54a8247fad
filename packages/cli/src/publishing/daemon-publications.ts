// Published and followed folders in a daemon's session.

import { stat } from 'node:fs/promises'
import { torrentOptions } from '@ccbt/config'
import type { Settings } from '@ccbt/config'
import type { PublicationRunner, PublicationWork, RunningPublication } from '@ccbt/daemon'
import type { FolderToFollow, FolderToPublish } from '@ccbt/rpc-client'
import { errnoOf, inputError } from '../errors.ts'
import { FollowedFolder } from './followed-folder.ts'
import { Following } from './following.ts'
import { openKey, saltBytes } from './key-store.ts'
import { parseFollowLink } from './link.ts'
import { Publishing } from './publishing.ts'
import type { Workplace } from './publishing.ts'
import type { Tell } from './report.ts'

/** Does the work with the settings that the daemon has begun with. */
export function publicationRunner(settings: Settings, stateFolder: string): PublicationRunner {
  const options = torrentOptions(settings)
  return async (publication, { session, tell, signal }) => {
    const transfer = { ...options, peers: [...(options.peers ?? []), ...(publication.peers ?? [])] }
    const place = { session, stateFolder, transfer, tell: newsTo(tell), signal }
    return publication.kind === 'publish' ? await publish(publication, place) : await follow(publication, place)
  }
}

async function publish(wish: FolderToPublish, place: Workplace): Promise<RunningPublication> {
  const { directory: folder, watches = false, exclude = [] } = wish
  await checkFolder(folder)
  const key = await openKey(place.stateFolder, wish.key, saltBytes(wish.salt ?? ''))
  const publishing = await Publishing.open({ folder, key, watches, exclude }, place)
  const work = async (): Promise<void> => {
    await publishing.publish()
    await publishing.serve()
  }
  return running(publishing, publishing.link, work)
}

async function follow(wish: FolderToFollow, place: Workplace): Promise<RunningPublication> {
  const { keep, maxRemoved, accept } = wish
  const link = parseFollowLink(wish.link)
  const folder = await FollowedFolder.follow(wish.directory, link)
  const following = await Following.open({ link, folder, keep, maxRemoved, accept }, place)
  return running(following, wish.link, () => following.follow())
}

function running(work: Publishing | Following, link: string, act: () => Promise<void>): RunningPublication {
  return {
    link,
    run: async () => {
      using _ = work
      await act()
    },
    forget: () => work.forget(),
  }
}

async function checkFolder(path: string): Promise<void> {
  const found = await stat(path).catch((error: unknown) => {
    if (errnoOf(error) === undefined) throw error
    return undefined
  })
  if (found?.isDirectory() !== true) {
    throw inputError('CLI_FILE_NOT_FOUND', `${path}: there is no such folder`, { path })
  }
}

/** What the commands print, for the daemon. */
function newsTo(tell: PublicationWork['tell']): Tell {
  // The second line is the link, which is told apart.
  return ({ event, version }, text) => {
    const isTaken = event === 'published' || event === 'unchanged' || event === 'updated'
    const isProblem = event === 'warning' || event === 'held'
    tell({ text, isProblem, ...(isTaken && typeof version === 'number' ? { version } : {}) })
  }
}
