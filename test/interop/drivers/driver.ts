// What every foreign client looks like to a test or a benchmark.

import { waitFor } from './child.ts'
import type { Child } from './child.ts'
import type { Network } from './network.ts'
import type { TestTorrent } from '../torrent-file.ts'

/** Starting includes hashing what is there. */
const START_MS = 60_000

/** What a client is asked to do. */
export interface Job {
  /** `seed`: the data is complete and right. `download`: get what is missing; data that is there is hashed first. */
  readonly role: 'seed' | 'download'
  readonly torrent: TestTorrent
  /** Folder that the torrent's file or folder is in. */
  readonly dir: string
  /** A folder of the client's own for configuration and state; kept between two runs of one client. */
  readonly work: string
  readonly host: string
  readonly port: number
  /** `host:port`; only for drivers with `canBeToldPeers`. */
  readonly peers?: readonly string[]
  /** Announce URLs, one tier. */
  readonly trackers?: readonly string[]
  /** Indexes of the files to download; absent = all. */
  readonly select?: readonly number[]
  /** Bytes per second; 0 or absent = no limit. */
  readonly uploadLimitBps?: number
  readonly downloadLimitBps?: number
  /** Only peers that encrypt by RC4, by those drivers that know it. */
  readonly isEncrypted?: boolean
  /** Only peers over uTP, by those drivers that know it; absent = whatever the client does with TCP. */
  readonly isUtp?: boolean
  /** Speak of chunks with its like, and take what is here, if it is ccbt. */
  readonly usesChunks?: boolean
  /** Go on seeding when complete instead of ending. */
  readonly stay?: boolean
}

/** How far a client is. */
export interface Status {
  /** 0 to 1, of what is wanted. */
  readonly progress: number
  /** All that is wanted is there and verified. */
  readonly isDone: boolean
  /** Payload bytes since this process started. */
  readonly uploaded: number
}

/** A client at work. */
export interface Client extends AsyncDisposable {
  readonly name: string
  /** `host:port` where it listens. */
  readonly address: string
  readonly child: Child
  status(): Promise<Status>
  /** Ends it as its user would. */
  stop(): Promise<void>
  /** SIGKILL. */
  kill(): Promise<void>
}

/** How one kind of client is run. */
export interface Driver {
  readonly name: string
  /** It can be told a peer's address; else it has to learn it from a tracker. */
  readonly canBeToldPeers: boolean
  /** It does not talk to peers in 127.0.0.0/8. */
  readonly refusesLoopback: boolean
  /** It makes files of length 0. */
  readonly makesEmptyFiles: boolean
  /** Its process ends by itself when a download without `stay` is complete. */
  readonly endsWhenDone: boolean
  /** What is not installed, or nothing. */
  missing(): string | undefined
  /** Starts it and waits until it has taken the job (and, for a seed, serves). */
  start(network: Network, job: Job): Promise<Client>
}

/** Adds to an error what the client printed. */
export function withLog(error: unknown, name: string, child: Child): Error {
  const reason = error instanceof Error ? error.message : String(error)
  return new Error(
    `${name}: ${reason}\n--- output of ${name} (end: ${child.ended()}) ---\n${child.log().slice(-4000)}`,
    {
      cause: error,
    },
  )
}

/** What `action` gives; when it fails, the client is killed and the error tells what it printed. */
export async function orKill<T>(name: string, child: Child, action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    await child.kill()
    throw withLog(error, name, child)
  }
}

/** Waits until `check` holds; fails when the client ends first, unless it ends well. */
export async function untilTaken(what: string, child: Child, check: () => boolean | Promise<boolean>): Promise<void> {
  await waitFor(what, START_MS, async () => {
    const end = child.ended()
    if (end !== undefined && end !== 0) throw new Error('it ended')
    return end === 0 || (await check())
  })
}

/** The common part of a client whose status is asked of the process. */
export abstract class ClientBase implements Client {
  readonly name: string
  readonly address: string
  readonly child: Child

  constructor(name: string, job: Job, child: Child) {
    this.name = name
    this.address = `${job.host}:${job.port}`
    this.child = child
  }

  abstract status(): Promise<Status>

  /** Throws with what the client printed when it ended as it should not. */
  protected expectAlive(...goodEnds: readonly number[]): void {
    const end = this.child.ended()
    if (end === undefined || (typeof end === 'number' && goodEnds.includes(end))) return
    throw withLog(`it ended with ${end}`, this.name, this.child)
  }

  stop(): Promise<void> {
    return this.child.stop()
  }

  kill(): Promise<void> {
    return this.child.kill()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.child.stop()
  }
}
