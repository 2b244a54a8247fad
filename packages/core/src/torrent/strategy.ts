// In which order the pieces of a torrent are fetched, as the user says it.

import type { AddOptions } from '../options.ts'

/**
 * `rarest`: those that the fewest peers have come first. `sequential`: in their order. `round-robin`: each in its turn,
 * from where the last one was begun. `streaming`: what is played next comes in its order, and the rest as with `rarest`.
 */
export type PieceStrategy = 'rarest' | 'round-robin' | 'sequential' | 'streaming'

/** The strategy that a torrent begins with. */
export function strategyOf({ strategy, sequential }: Pick<AddOptions, 'strategy' | 'sequential'>): PieceStrategy {
  return strategy ?? (sequential === true ? 'sequential' : 'rarest')
}
