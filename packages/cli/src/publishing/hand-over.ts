// Gives a folder to publish or to follow to the daemon that runs, when it can do all that was asked for.

import { createHttpClient, createHttpPublications, isUnreachable } from '@ccbt/rpc-client'
import type { Publication } from '@ccbt/rpc-client'
import { socketIn } from '../daemon/address.ts'
import { flagText } from '../daemon/hand-over.ts'
import { tellWarning } from './report.ts'
import type { Tell } from './report.ts'

/** What the daemon does as a foreground run would do it. The rest is for `--foreground`. */
const UNDERSTOOD: ReadonlySet<string> = new Set([
  'output',
  'key',
  'salt',
  'watch',
  'exclude',
  'keep',
  'maxRemoved',
  'accept',
  'peer',
  'stateDir',
  'config',
  'profile',
  'json',
  'quiet',
])

/** What is to be handed over. */
export interface FolderHandOver {
  readonly publication: Publication
  /** Both mean: not by the daemon. */
  readonly given: { readonly foreground?: boolean; readonly once?: boolean }
  /** Names of the flags that stand on the command line. */
  readonly typed: readonly string[]
  readonly stateFolder: string
  readonly tell: Tell
}

/** `left`: it is not for the daemon, or there is none. Rejects with RPC_FAILED when the daemon refuses it. */
export async function handOverFolder(handOver: FolderHandOver): Promise<'taken' | 'left'> {
  const { publication, given, typed, stateFolder, tell } = handOver
  if (given.foreground === true || given.once === true) return 'left'
  const lacking = typed.filter((name) => !UNDERSTOOD.has(name)).map(flagText)
  await using client = createHttpPublications(socketIn(stateFolder))
  try {
    if (lacking.length > 0) {
      await client.publications()
      tellWarning(tell, `done here, not by the daemon, which has no ${lacking.join(', ')} for single folders`)
      return 'left'
    }
    const { id, link } = await client.addPublication(publication)
    const does = publication.kind === 'publish' ? 'publishes' : 'follows'
    const text = `the daemon ${does} it: ${id} ${publication.directory}  (ccbt publications list; --foreground does it here)`
    const event = { event: 'handed-over', id, directory: publication.directory, link }
    if (publication.kind === 'publish') tell(event, text, link)
    else tell(event, text)
  } catch (error) {
    // A socket that a killed daemon left behind.
    if (isUnreachable(error)) return 'left'
    throw error
  }
  await warnOfWholeFiles(stateFolder, tell)
  return 'taken'
}

/** A foreground run always finds out which blocks have changed. */
async function warnOfWholeFiles(stateFolder: string, tell: Tell): Promise<void> {
  await using client = createHttpClient(socketIn(stateFolder))
  const xet = (await client.settings()).find(({ key }) => key === 'xet.enabled')
  if (xet?.value === 'true') return
  tellWarning(tell, 'files that change travel whole: xet.enabled is not set for the daemon')
}
