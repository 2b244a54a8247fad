// One torrent's place in the session: how it is given to it, the handle as long as the session has it, and commands that
// wait until it does.

import type { AddOptions, Command, Session, TorrentHandle, TorrentSource } from '@ccbt/core'

import { invalidRequest } from '../errors.ts'

/** What the session is given. */
export interface GivenTorrent {
  readonly source: TorrentSource
  readonly options: AddOptions
}

/** What a run works with. */
export interface TorrentRunParts {
  readonly session: Session
  /** As the torrent is decided now. */
  readonly given: () => Promise<GivenTorrent>
  /** The session has it. */
  readonly onTaken: (handle: TorrentHandle) => void
}

/** The run of a torrent. */
export class TorrentRun {
  readonly #parts: TorrentRunParts
  #handle: TorrentHandle | undefined
  #error: string | undefined
  /** The session is about to have it: until then it takes no commands. */
  #starting: Promise<void> | undefined
  #startedAtMs = 0

  constructor(parts: TorrentRunParts) {
    this.#parts = parts
  }

  /** Absent until the session has taken the torrent, and when it refused to. */
  get handle(): TorrentHandle | undefined {
    return this.#handle
  }

  /** Why the session did not take it, in one line. */
  get error(): string | undefined {
    return this.#error
  }

  /** When it began to run last, milliseconds since 1970; 0 = not since the daemon began. */
  get startedAtMs(): number {
    return this.#startedAtMs
  }

  /** Gives the torrent to the session, unless it has it; `more` goes with it. What goes wrong is kept as its error. */
  start(more: Pick<AddOptions, 'record'> = {}): Promise<void> {
    this.#starting ??= this.#start(more).finally(() => {
      this.#starting = undefined
    })
    return this.#starting
  }

  /** Until a start that has begun is over. */
  async settled(): Promise<void> {
    await this.#starting
  }

  /** It begins to run now. */
  began(): void {
    this.#startedAtMs = Date.now()
  }

  /** Rejects with DAEMON_REQUEST_INVALID when the session refuses. A torrent that it has not got follows when it is started. */
  async command(command: Command): Promise<void> {
    await this.#starting
    const result = await this.#parts.session.command(command)
    if (result.kind === 'refused') throw invalidRequest(result.reason)
  }

  async #start(more: Pick<AddOptions, 'record'>): Promise<void> {
    if (this.#handle !== undefined) return
    const { session, given, onTaken } = this.#parts
    try {
      const { source, options } = await given()
      if (options.paused !== true) this.began()
      this.#handle = await session.add(source, { ...options, ...more })
      this.#error = undefined
      onTaken(this.#handle)
      // Whoever asks for the torrent sees in its snapshot how it went.
      this.#handle.complete.catch(() => {})
      this.#handle.finished.catch(() => {})
    } catch (error) {
      this.#error = error instanceof Error ? error.message : String(error)
    }
  }
}
