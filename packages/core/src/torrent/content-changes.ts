// Commands that change what of a torrent is wanted, how it is fetched, where it is and who is asked for peers.

import type { Endpoint } from '@ccbt/address'
import { isCcbtError } from '@ccbt/primitives'

import { isResting } from '../queue/queue-keeper.ts'
import type { CommandResult, ContentCommand } from '../session-types.ts'
import type { TorrentPhase } from '../snapshot.ts'
import type { Contents } from './contents.ts'
import type { Home } from './home.ts'
import { renamed } from './placement.ts'
import type { Placement } from './placement.ts'
import { problemOf } from './selection.ts'

/** A torrent as those who change it see it. */
export interface ChangeableTorrent {
  readonly contents: Contents
  readonly home: Home
  readonly phase: () => TorrentPhase
  /** Aborts when the torrent is closed. */
  readonly signal: AbortSignal
  readonly prioritise: (priorities: readonly number[]) => Promise<void>
  readonly superSeed: (isOn: boolean) => Promise<void>
  readonly addPeers: (peers: readonly Endpoint[]) => void
  readonly setTrackers: (tiers: readonly (readonly string[])[]) => void
  /** Ends its run. */
  readonly halt: () => Promise<void>
  /** Begins with what is on disk. */
  readonly start: () => void
  /** Opens the contents where the torrent is now. */
  readonly open: () => Promise<void>
  /** The files have been moved from these paths, padding left out, to those that they have now. */
  readonly relocated: (from: readonly string[]) => void
  /** Writes a record of what is there, when it runs. */
  readonly save: () => Promise<void>
}

/** Does what a command says; no two at a time. Rejects when the disk fails so that the torrent cannot go on. */
export async function changeContents(command: ContentCommand, torrent: ChangeableTorrent): Promise<CommandResult> {
  const { contents, home } = torrent
  const { placement } = home
  switch (command.type) {
    case 'priorities': {
      const problem = problemOf(command.priorities, contents.metainfo.files.length)
      if (problem !== undefined) return { kind: 'refused', reason: problem }
      await torrent.prioritise(command.priorities)
      return { kind: 'done' }
    }
    case 'strategy':
      contents.setStrategy(command.strategy)
      return { kind: 'done' }
    case 'first-last':
      contents.raiseEnds(command.isOn)
      return { kind: 'done' }
    case 'super-seed':
      await torrent.superSeed(command.isOn)
      return { kind: 'done' }
    case 'peers':
      torrent.addPeers(command.peers)
      return { kind: 'done' }
    case 'trackers':
      torrent.setTrackers(command.tiers)
      return { kind: 'done' }
    case 'move':
      if (!command.movesData) return switchTo(torrent, command.directory)
      return relocate(torrent, { ...placement, directory: command.directory })
    case 'rename': {
      const names = renamed(contents.space.files, placement, command)
      return typeof names === 'string' ? { kind: 'refused', reason: names } : relocate(torrent, { ...placement, names })
    }
  }
}

/** Moves the files; what reads and writes them waits, and connections stay. A check begins again. */
async function relocate(torrent: ChangeableTorrent, to: Placement): Promise<CommandResult> {
  const { contents, home, signal } = torrent
  const isChecking = torrent.phase() === 'checking'
  if (isChecking) await torrent.halt()
  try {
    const from = contents.paths()
    const result = await attempt(() => home.move(to, (place) => contents.store.relocate(place, signal)))
    if (result.kind === 'done') {
      torrent.relocated(from)
      await torrent.save()
    }
    return result
  } finally {
    if (isChecking && !signal.aborted) torrent.start()
  }
}

/** The data is in another folder already: what is there is checked. */
async function switchTo(torrent: ChangeableTorrent, directory: string): Promise<CommandResult> {
  const wasResting = isResting(torrent.phase())
  await torrent.halt()
  await torrent.contents.close()
  const result = await attempt(() => torrent.home.switchTo(directory))
  await torrent.open()
  if (!wasResting && !torrent.signal.aborted) torrent.start()
  return result
}

async function attempt(change: () => Promise<void>): Promise<CommandResult> {
  try {
    await change()
    return { kind: 'done' }
  } catch (error) {
    if (!isCcbtError(error)) throw error
    return { kind: 'refused', reason: error.message }
  }
}
