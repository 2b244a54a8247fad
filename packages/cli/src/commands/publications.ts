// `ccbt publications list` and `remove`: the folders that a daemon publishes and follows.

import { resolve } from 'node:path'
import { displayText } from '@ccbt/metainfo'
import { createHttpPublications } from '@ccbt/rpc-client'
import type { DaemonPublications, PublicationView } from '@ccbt/rpc-client'
import type { ClientFlags } from '../definitions/client-options.ts'
import { addressOf } from '../daemon/address.ts'
import { printAll } from '../daemon/client.ts'
import { inputError } from '../errors.ts'
import { EXIT_CODES } from '../exit-codes.ts'

async function withPublications(
  flags: ClientFlags,
  work: (publications: DaemonPublications) => Promise<void>,
): Promise<number> {
  await using publications = createHttpPublications(await addressOf(flags))
  await work(publications)
  return EXIT_CODES.ok.code
}

/** Prints them; returns the exit status, as all of these do. */
export async function runPublicationsList(flags: ClientFlags): Promise<number> {
  return await withPublications(flags, async (client) => {
    const all = await client.publications()
    printAll(flags, 'publication', all, () => all.flatMap(lines))
  })
}

function lines({ id, kind, directory, link, news, isProblem }: PublicationView): string[] {
  const does = kind === 'publish' ? 'publishes' : 'follows'
  const state = `${id} ${does} ${directory}: ${isProblem ? 'problem: ' : ''}${news}`
  return [displayText(state), ...(link === '' ? [] : [displayText(`  ${link}`)])]
}

/** Ends one by its number or folder; the folder stays as it is. */
export async function runPublicationsRemove(word: string, flags: ClientFlags): Promise<number> {
  return await withPublications(flags, async (client) => {
    const found = (await client.publications()).find(
      ({ id, directory }) => String(id) === word || directory === word || directory === resolve(word),
    )
    if (found === undefined || !(await client.removePublication(found.id))) {
      const message = `the daemon publishes and follows nothing of the number or folder ${word}`
      throw inputError('CLI_PUBLICATION_UNKNOWN', message, { publication: word })
    }
    const { id, directory } = found
    printAll(flags, 'done', [{ action: 'remove', id, directory }], () => [displayText(`removed ${id} ${directory}`)])
  })
}
