import type { Cancel, Clock } from '@ccbt/primitives'

/** How a {@link firstSuccess} runs. */
export interface RaceOptions {
  readonly clock: Clock
  /** A try that takes longer, from its beginning on, no longer holds back the next one. */
  readonly staggerMs: number
  readonly signal: AbortSignal
}

/** One try: it calls `begun` when it has got its turn, says whether it succeeded, and never rejects. */
export type Attempt<T> = (item: T, signal: AbortSignal, begun: () => void) => Promise<boolean>

/**
 * Tries `items` in order until one succeeds. The next try starts when one failed, or is slow; with the first success
 * the slow ones are aborted. Ends when no try is running any more.
 */
export async function firstSuccess<T>(
  items: readonly T[],
  attempt: Attempt<T>,
  options: RaceOptions,
): Promise<T | undefined> {
  const ending = new AbortController()
  const onAbort = (): void => ending.abort()
  options.signal.addEventListener('abort', onAbort, { once: true })
  const running = new Set<Promise<void>>()
  const winners: T[] = []
  const start = (item: T): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const run: Promise<void> = attempt(item, ending.signal, resolve).then((isSuccess) => {
      running.delete(run)
      if (isSuccess) winners.push(item)
    })
    running.add(run)
    return promise
  }
  for (const item of items) {
    if (winners.length > 0 || options.signal.aborted) break
    const begun = start(item)
    await settledOrSlow(running, begun, options)
  }
  while (winners.length === 0 && running.size > 0) await Promise.race(running)
  ending.abort()
  await Promise.all(running)
  options.signal.removeEventListener('abort', onAbort)
  return winners[0]
}

async function settledOrSlow(
  running: ReadonlySet<Promise<void>>,
  begun: Promise<void>,
  { clock, staggerMs }: RaceOptions,
): Promise<void> {
  const { promise: slow, resolve } = Promise.withResolvers<void>()
  let isOver = false
  let cancel: Cancel = () => {}
  const onBegun = (): void => {
    if (!isOver) cancel = clock.after(staggerMs, resolve)
  }
  await Promise.race([...running, begun.then(onBegun).then(() => slow)])
  isOver = true
  cancel()
}
