// Folders that a daemon publishes, and copies that it keeps current.

import { HttpCaller } from './http-call.ts'
import type { DaemonAddress } from './http-call.ts'

/** A folder that others shall be able to follow. */
export interface FolderToPublish {
  readonly kind: 'publish'
  /** Absolute. */
  readonly directory: string
  /** Name of the key that signs its versions, in the daemon's state folder; made when there is none. */
  readonly key: string
  /** Tells what is published with one key apart. Default none. */
  readonly salt?: string
  /** Whether changes make new versions. Default: only a start of the daemon does. */
  readonly watches?: boolean
  /** Files that are left out. */
  readonly exclude?: readonly string[]
  /** Who may be near, as `host:port`. */
  readonly peers?: readonly string[]
}

/** A folder that becomes a copy of what others publish. */
export interface FolderToFollow {
  readonly kind: 'follow'
  /** Absolute; becomes a symbolic link. */
  readonly directory: string
  /** As whoever publishes has it: `magnet:?xs=urn:btpk:...`. */
  readonly link: string
  /** Old versions that are kept. Default 2. */
  readonly keep?: number
  /** A version that removes more files than this is held. Default 100. */
  readonly maxRemoved?: number
  /** The version that is taken whatever it removes. */
  readonly accept?: number
  /** Who may be near, as `host:port`. */
  readonly peers?: readonly string[]
}

/** What a daemon keeps besides torrents. */
export type Publication = FolderToPublish | FolderToFollow

/** One as it is now. */
export interface PublicationView {
  readonly id: number
  readonly kind: Publication['kind']
  readonly directory: string
  /** To follow it by; '' = not known yet. */
  readonly link: string
  /** The newest that was made or taken in this run of the daemon; 0 = none yet. */
  readonly version: number
  /** What happened last, in one line. */
  readonly news: string
  /** Whether that needs somebody to look at. */
  readonly isProblem: boolean
}

/** A daemon that publishes and follows. */
export interface DaemonPublications {
  /** In the order in which they came. */
  publications(): Promise<readonly PublicationView[]>
  /**
   * Publishes or follows from now on, also after a restart; one of the same folder is replaced. Rejects with RPC_FAILED when
   * it cannot begin: then nothing has changed.
   */
  addPublication(publication: Publication): Promise<PublicationView>
  /** Ends one; the folder stays as it is. False: there is none of this id. */
  removePublication(id: number): Promise<boolean>
}

/** The publications of the daemon at `address`; connects with the first call. */
export function createHttpPublications(address: DaemonAddress): DaemonPublications & AsyncDisposable {
  const caller = new HttpCaller(address)
  return {
    // As with the torrents: a newer daemon's answers have more but not less.
    publications: () => caller.call('ccbt-publications', {}) as Promise<PublicationView[]>,
    addPublication: (publication) => caller.call('ccbt-publication-add', publication) as Promise<PublicationView>,
    removePublication: (id) => caller.call('ccbt-publication-remove', { id }) as Promise<boolean>,
    [Symbol.asyncDispose]: async () => caller[Symbol.dispose](),
  }
}
