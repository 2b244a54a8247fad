// What each command does to a session and to its torrents.

import type { SessionGate } from '../blocking/address-gate.ts'
import type { AlternativeLimits } from '../limit/alternative-limits.ts'
import type { SessionLimits } from '../limit/session-limits.ts'
import type { QueueKeeper } from '../queue/queue-keeper.ts'
import { ratesOf } from './making.ts'
import { isContentCommand } from './types.ts'
import type { Command, CommandResult, ContentCommand } from './types.ts'
import type { RegisteredTorrent, TorrentRegister } from './torrent-register.ts'

/** Whom commands are about. */
export interface SessionCommandsParts {
  readonly register: TorrentRegister
  readonly queue: QueueKeeper
  readonly limits: SessionLimits
  readonly alternative: AlternativeLimits
  readonly gate: Pick<SessionGate, 'ban'>
}

type LimitCommand = Extract<Command, { readonly type: 'limit' }>

/** A command that is about one torrent, other than its contents. */
type TorrentCommand = Exclude<Extract<Command, { readonly infoHash: string }>, ContentCommand | LimitCommand>

/** A command that is about all torrents. */
type SessionCommand = Exclude<Command, { readonly infoHash: string } | LimitCommand>

/** Does what the commands of a session say. */
export class SessionCommands {
  readonly #parts: SessionCommandsParts

  constructor(parts: SessionCommandsParts) {
    this.#parts = parts
  }

  async run(command: Command): Promise<CommandResult> {
    if (command.type === 'limit') return this.#limit(command)
    if (!('infoHash' in command)) return this.#configure(command)
    const entry = this.#parts.register.get(command.infoHash)
    if (entry === undefined) return { kind: 'no-such-torrent' }
    if (isContentCommand(command)) return entry.torrent.change(command)
    return this.#manage(command, entry)
  }

  async #manage(command: TorrentCommand, { torrent, limits }: RegisteredTorrent): Promise<CommandResult> {
    const { register, queue } = this.#parts
    switch (command.type) {
      case 'set-label':
        limits.setLabel(command.label)
        return { kind: 'done' }
      case 'pause':
        await torrent.pause()
        queue.changed()
        return { kind: 'done' }
      case 'queue':
        queue.move(command.infoHash, command.move)
        return { kind: 'done' }
      case 'force-start':
        queue.force(command.infoHash, command.isForced)
        return { kind: 'done' }
      case 'resume':
        return queue.resume(command.infoHash, torrent)
      case 'verify':
        return torrent.verify()
      case 'reannounce':
        torrent.reannounce()
        return { kind: 'done' }
      case 'seeding-goals':
        torrent.setGoals(command)
        return { kind: 'done' }
      case 'remove':
        register.remove(command.infoHash)
        queue.remove(command.infoHash)
        limits[Symbol.dispose]()
        await torrent.remove(command.deletesData === true ? this.#isKept() : undefined)
        return { kind: 'done' }
    }
  }

  #configure(command: SessionCommand): CommandResult {
    const { alternative, gate, limits, queue } = this.#parts
    if (command.type === 'alternative-limits') alternative.use(command.use)
    else if (command.type === 'set-alternative-limits') alternative.set(command.limits)
    else if (command.type === 'local-limits') limits.setLocal(command.limits)
    else if (command.type === 'ban') for (const host of command.hosts) gate.ban(host)
    else queue.setLimits(command.limits)
    return { kind: 'done' }
  }

  #limit({ infoHash, label, ...given }: LimitCommand): CommandResult {
    const { register, limits } = this.#parts
    const rates = ratesOf(given)
    if (infoHash !== undefined) {
      const entry = register.get(infoHash)
      if (entry === undefined) return { kind: 'no-such-torrent' }
      entry.limits.set(rates)
    } else if (label !== undefined) limits.setLabel(label, rates)
    else limits.set(rates)
    return { kind: 'done' }
  }

  /** Whether a path is that of a file of any torrent. */
  #isKept(): (path: string) => boolean {
    const paths = new Set(this.#parts.register.list().flatMap((torrent) => torrent.paths()))
    return (path) => paths.has(path)
  }
}
