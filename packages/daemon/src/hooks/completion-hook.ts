// Runs the user's program for each download that is complete. A torrent whose program has not ended is remembered, so that
// a stop or a crash of the daemon between the two means that it runs again, not that it never runs.

import type { Report } from '../automation-note.ts'
import type { EngineTorrent } from '../engine/engine-torrent.ts'
import type { SettingTable } from '../state/setting-table.ts'
import { runProgram } from './program-run.ts'
import { torrentVariables } from './torrent-variables.ts'

const MAX_RUNNING = 2
/** Torrents that wait for their program; those beyond are told to the log and left out. */
const MAX_DUE = 10_000

/** A program and how long it may run. */
export interface HookProgram {
  /** The first is its absolute path. */
  readonly command: readonly [string, ...string[]]
  readonly timeoutMs: number
}

/** What a {@link CompletionHook} works with. */
export interface CompletionHookParts {
  readonly program: HookProgram
  readonly settings: SettingTable
  readonly torrent: (id: number) => EngineTorrent | undefined
  readonly report: Report
}

/** Runs a program for torrents until it is disposed, which ends the programs as well. */
export class CompletionHook implements AsyncDisposable {
  readonly #parts: CompletionHookParts
  readonly #stop = new AbortController()
  /** Ids of torrents whose program has not ended. */
  readonly #due: Set<number>
  readonly #running = new Map<number, Promise<void>>()

  /** Begins with what an earlier run has left. */
  constructor(parts: CompletionHookParts) {
    this.#parts = parts
    this.#due = new Set(idsOf(parts.settings.read('completions')))
    this.#runNext()
  }

  /** The download has just become complete. */
  completed({ id, name, infoHash }: EngineTorrent): void {
    if (this.#due.size >= MAX_DUE) {
      const text = `too many programs are waiting: none runs for ${name}`
      return this.#parts.report({ level: 'error', area: 'daemon', text, infoHash })
    }
    this.#due.add(id)
    this.#save()
    this.#runNext()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await Promise.all(this.#running.values())
  }

  #runNext(): void {
    for (const id of this.#due) {
      if (this.#stop.signal.aborted || this.#running.size >= MAX_RUNNING) return
      // It ends after it is known to have begun.
      if (!this.#running.has(id))
        this.#running.set(
          id,
          Promise.resolve().then(() => this.#run(id)),
        )
    }
  }

  async #run(id: number): Promise<void> {
    const torrent = this.#parts.torrent(id)
    const isOver = torrent === undefined || (await this.#runFor(torrent))
    this.#running.delete(id)
    if (!isOver) return
    this.#due.delete(id)
    this.#save()
    this.#runNext()
  }

  /** False when it was stopped. */
  async #runFor(torrent: EngineTorrent): Promise<boolean> {
    const { program, report } = this.#parts
    const { name, infoHash } = torrent
    const env = torrentVariables(torrent, process.env)
    const end = await runProgram({ ...program, env, signal: this.#stop.signal })
    const [path] = program.command
    if (end.kind === 'done') report({ level: 'info', area: 'daemon', text: `${path} ran for ${name}`, infoHash })
    if (end.kind === 'failed') {
      report({ level: 'error', area: 'daemon', text: `${path} failed for ${name}: ${end.reason}`, infoHash })
    }
    return end.kind !== 'stopped'
  }

  #save(): void {
    this.#parts.settings.write('completions', [...this.#due])
  }
}

function idsOf(value: unknown): readonly number[] {
  return Array.isArray(value) ? value.filter((id) => typeof id === 'number') : []
}
