// Publications for faces: what is asked for, read out of JSON, and where whoever asks may have it.

import { dirname, isAbsolute, resolve } from 'node:path'

import type { DaemonPublications, Publication } from '@ccbt/rpc-client'

import { invalidRequest } from '../errors.ts'
import { flagOf, integerOf, required, textOf, textsOf } from '../http/arguments.ts'
import type { Arguments } from '../http/arguments.ts'

/** Whose publications faces see. */
export interface PublicationAccess {
  readonly publications: DaemonPublications
  /** Rejects with DAEMON_FOLDER_REFUSED. */
  readonly checkFolder: (folder: string) => Promise<void>
}

/** The publications as the owner of the daemon or whoever comes over the network may have them. */
export function publicationsFor(
  { publications, checkFolder }: PublicationAccess,
  isOwner: boolean,
): DaemonPublications {
  return {
    publications: () => publications.publications(),
    addPublication: async (publication) => {
      const { kind, directory } = publication
      // A copy is a link; its versions are in a folder beside it.
      if (!isOwner) await checkFolder(kind === 'follow' ? dirname(directory) : directory)
      return await publications.addPublication(publication)
    },
    removePublication: (id) => publications.removePublication(id),
  }
}

/** @throws DAEMON_REQUEST_INVALID */
export function publicationOf(args: Arguments): Publication {
  const kind = required(textOf(args, 'kind'), 'kind')
  const folder = required(textOf(args, 'directory'), 'directory')
  if (!isAbsolute(folder) || folder.includes('\0')) throw invalidRequest('directory must be an absolute path')
  const common = { directory: resolve(folder), ...given({ peers: textsOf(args, 'peers') }) }
  if (kind === 'publish') {
    const [salt, watches, exclude] = [textOf(args, 'salt'), flagOf(args, 'watches'), textsOf(args, 'exclude')]
    return { kind, ...common, key: required(textOf(args, 'key'), 'key'), ...given({ salt, watches, exclude }) }
  }
  if (kind === 'follow') {
    const [keep, maxRemoved, accept] = [countOf(args, 'keep'), countOf(args, 'maxRemoved'), countOf(args, 'accept')]
    return { kind, ...common, link: required(textOf(args, 'link'), 'link'), ...given({ keep, maxRemoved, accept }) }
  }
  throw invalidRequest("kind must be 'publish' or 'follow'")
}

function countOf(args: Arguments, name: string): number | undefined {
  const value = integerOf(args, name)
  if (value === undefined || value >= 0) return value
  throw invalidRequest(`${name} cannot be negative`)
}

type Given<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> }

/** Without what is undefined. */
function given<T extends object>(fields: T): Given<T> {
  // What is left has the types that it had.
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<T>
}
