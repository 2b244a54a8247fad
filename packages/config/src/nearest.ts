// What a mistyped name was probably meant to be.

/** Longer names are not compared: the work is quadratic. */
const MAX_LENGTH = 64
/** Shorter names are part of too many. */
const MIN_PART_LENGTH = 3

/** The fewest letters to insert, remove or replace to make `b` of `a`. */
export function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const replaced = previous[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1)
      current.push(Math.min(replaced, previous[column]! + 1, current[column - 1]! + 1))
    }
    previous = current
  }
  return previous[b.length]!
}

/**
 * The one of `known` that is least different from `name`, unless more than a third of it would change. One that has the
 * whole name in it is like it, however long it is.
 */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  if (name.length > MAX_LENGTH) return undefined
  const lower = name.toLowerCase()
  let best: string | undefined
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1
  for (const candidate of known) {
    const isPart = lower.length >= MIN_PART_LENGTH && candidate.includes(lower)
    const distance = isPart ? 1 : editDistance(lower, candidate)
    if (distance >= bestDistance) continue
    best = candidate
    bestDistance = distance
  }
  return best
}
