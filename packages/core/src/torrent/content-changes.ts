// Commands that change what of a torrent is wanted, how it is fetched, where it is and who is asked for peers.

import { isCcbtError } from '@ccbt/primitives'

import { isResting } from '../queue/queue-keeper.ts'
import type { CommandResult, ContentCommand } from '../session/types.ts'
import type { Contents } from './contents.ts'
import type { Home } from './home.ts'
import type { Lifecycle } from './lifecycle.ts'
import { renamed } from './placement.ts'
import type { Placement } from './placement.ts'
import { problemOf } from './selection.ts'

/** A torrent as those who change it see it. */
export interface ChangeableTorrent {
  readonly contents: Contents
  readonly home: Home
  readonly lifecycle: Lifecycle
  /** Aborts when the torrent is closed. */
  readonly signal: AbortSignal
  /** Opens the contents where the torrent is now. */
  readonly open: () => Promise<void>
  /** The files have been moved from these paths, padding left out, to those that they have now. */
  readonly relocated: (from: readonly string[]) => void
}

/** Does what a command says; no two at a time. Rejects when the disk fails so that the torrent cannot go on. */
export async function changeContents(command: ContentCommand, torrent: ChangeableTorrent): Promise<CommandResult> {
  const { contents, home, lifecycle } = torrent
  const { placement } = home
  switch (command.type) {
    case 'priorities': {
      const problem = problemOf(command.priorities, contents.metainfo.files.length)
      if (problem !== undefined) return { kind: 'refused', reason: problem }
      await lifecycle.prioritise(command.priorities)
      return { kind: 'done' }
    }
    case 'strategy':
      contents.setStrategy(command.strategy)
      return { kind: 'done' }
    case 'first-last':
      contents.raiseEnds(command.isOn)
      return { kind: 'done' }
    case 'super-seed':
      await lifecycle.superSeed(command.isOn)
      return { kind: 'done' }
    case 'peers':
      lifecycle.addPeers(command.peers)
      return { kind: 'done' }
    case 'trackers':
      lifecycle.setTrackers(command.tiers)
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
  const { contents, home, lifecycle, signal } = torrent
  const isChecking = lifecycle.phase === 'checking'
  if (isChecking) await lifecycle.halt()
  try {
    const from = contents.paths()
    const result = await attempt(() => home.move(to, (place) => contents.store.relocate(place, signal)))
    if (result.kind === 'done') {
      torrent.relocated(from)
      await lifecycle.saveLive()
    }
    return result
  } finally {
    if (isChecking && !signal.aborted) lifecycle.start('auto')
  }
}

/** The data is in another folder already: what is there is checked. */
async function switchTo(torrent: ChangeableTorrent, directory: string): Promise<CommandResult> {
  const { lifecycle } = torrent
  const wasResting = isResting(lifecycle.phase)
  await lifecycle.halt()
  await torrent.contents.close()
  const result = await attempt(() => torrent.home.switchTo(directory))
  await torrent.open()
  if (!wasResting && !torrent.signal.aborted) lifecycle.start('auto')
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
