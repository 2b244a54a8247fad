// A drag in the queue in the words of the daemon, which moves a torrent by one place or to an end.

/** A move of the daemon. */
export type QueueMove = 'top' | 'up' | 'down' | 'bottom'

/** The fewest moves that bring a torrent from one position to another; positions count from 1 to `length`. */
export function queueMoves(from: number, to: number, length: number): QueueMove[] {
  const ways: QueueMove[][] = [
    steps(to < from ? 'up' : 'down', Math.abs(to - from)),
    ['top', ...steps('down', to - 1)],
    ['bottom', ...steps('up', length - to)],
  ]
  return ways.reduce((best, way) => (way.length < best.length ? way : best))
}

function steps(move: QueueMove, count: number): QueueMove[] {
  return Array.from({ length: count }, () => move)
}
