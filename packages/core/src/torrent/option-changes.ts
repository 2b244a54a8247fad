// How a torrent that runs comes to follow other options than those it was added with.

import { isDeepStrictEqual } from 'node:util'

import type { AddOptions } from '../options.ts'
import type { Command } from '../session/types.ts'
import { filesByPatterns, prioritiesByPatterns } from './file-patterns.ts'
import type { PatternFile } from './file-patterns.ts'
import { strategyOf } from './strategy.ts'

/** The torrent that is to follow. */
export interface FollowingTorrent {
  readonly infoHash: string
  /** As the metadata has them; none while that is not known. */
  readonly files: readonly PatternFile[]
}

type Options = Omit<AddOptions, 'directory'>

const LIMITS = ['downloadLimitBps', 'uploadLimitBps'] as const
const GOALS = ['seedRatio', 'seedTimeMs', 'seedIdleMs', 'seedGoalAction'] as const
const WISHES = ['select', 'priorities', 'exclude', 'allowOnly', 'high', 'low'] as const

/**
 * The commands that make a difference of options count at once: those of limits, the order of pieces, seeding goals, the
 * label and the files. Everything else counts when the torrent is added the next time.
 * @throws TORRENT_NOTHING_SELECTED when patterns leave no file.
 */
export function optionChanges({ infoHash, files }: FollowingTorrent, before: Options, after: Options): Command[] {
  const commands: Command[] = []
  const differs = (keys: readonly (keyof Options)[]): boolean =>
    keys.some((key) => !isDeepStrictEqual(before[key], after[key]))
  const { downloadLimitBps = 0, uploadLimitBps = 0, label } = after
  if (differs(LIMITS)) commands.push({ type: 'limit', infoHash, downloadLimitBps, uploadLimitBps })
  const strategy = strategyOf(after)
  if (strategy !== strategyOf(before)) commands.push({ type: 'strategy', infoHash, strategy })
  if (differs(GOALS)) {
    const goals = Object.fromEntries(GOALS.flatMap((key) => (after[key] === undefined ? [] : [[key, after[key]]])))
    commands.push({ type: 'seeding-goals', infoHash, ...goals })
  }
  if (differs(['label'])) commands.push({ type: 'set-label', infoHash, ...(label === undefined ? {} : { label }) })
  if (files.length > 0 && differs(WISHES)) {
    commands.push({ type: 'priorities', infoHash, priorities: wishedPriorities(files, after) })
  }
  return commands
}

const NORMAL_PRIORITY = 4

/** One for each file, as the torrent would have them if it were added now. */
function wishedPriorities(files: readonly PatternFile[], options: Options): readonly number[] {
  if (options.priorities !== undefined) return options.priorities
  const select = options.select ?? filesByPatterns(files, options)
  const selected = select === undefined ? undefined : new Set(select)
  return (
    prioritiesByPatterns(files, options, select) ??
    files.map((_, index) => (selected?.has(index) === false ? 0 : NORMAL_PRIORITY))
  )
}
