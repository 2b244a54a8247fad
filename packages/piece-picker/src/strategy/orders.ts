import type { Random } from '@ccbt/primitives'
import type { Frontier } from '../frontier.ts'
import type { Strategy } from '../types.ts'
import type { Wants } from '../wants.ts'
import type { PieceOrder } from './order.ts'
import { RarestFirst } from './rarest.ts'
import { RoundRobin } from './round-robin.ts'
import { Sequential } from './sequential.ts'

/** What orders of pieces are made of. */
export interface OrderParts {
  readonly frontier: Frontier
  readonly wants: Wants
  readonly random: Random
  /** Whether the next piece of a rarest-first order is to be a random one. */
  readonly startsAtRandom: () => boolean
}

/** The order of a strategy, from its beginning. */
export function createOrder(strategy: Strategy, parts: OrderParts): PieceOrder {
  const { frontier, wants } = parts
  switch (strategy) {
    case 'rarest':
      return new RarestFirst(parts)
    case 'sequential':
      return new Sequential(frontier, wants)
    case 'round-robin':
      return new RoundRobin(frontier, wants)
  }
}
