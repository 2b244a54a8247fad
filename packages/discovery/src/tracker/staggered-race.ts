import type { Clock } from '@ccbt/primitives'

/** How a {@link firstSuccess} runs. */
export interface RaceOptions {
  readonly clock: Clock
  /** A try that takes longer no longer holds back the next one. */
  readonly staggerMs: number
  readonly signal: AbortSignal
}

/**
 * Tries `items` in order until one succeeds. The next try starts when one failed, or is slow; with the first success
 * the slow ones are aborted. `attempt` says whether it succeeded and never rejects. Ends when no try is running any more.
 */
export async function firstSuccess<T>(
  items: readonly T[],
  attempt: (item: T, signal: AbortSignal) => Promise<boolean>,
  options: RaceOptions,
): Promise<T | undefined> {
  const losers = new AbortController()
  const signal = AbortSignal.any([options.signal, losers.signal])
  const running = new Set<Promise<void>>()
  const winners: T[] = []
  const start = (item: T): void => {
    const run: Promise<void> = attempt(item, signal).then((isSuccess) => {
      running.delete(run)
      if (isSuccess) winners.push(item)
    })
    running.add(run)
  }
  for (const item of items) {
    if (winners.length > 0 || options.signal.aborted) break
    start(item)
    await settledOrSlow(running, options)
  }
  while (winners.length === 0 && running.size > 0) await Promise.race(running)
  losers.abort()
  await Promise.all(running)
  return winners[0]
}

async function settledOrSlow(running: ReadonlySet<Promise<void>>, { clock, staggerMs }: RaceOptions): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const cancel = clock.after(staggerMs, resolve)
  await Promise.race([...running, promise])
  cancel()
}
