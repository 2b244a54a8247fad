import type { Clock } from '@ccbt/primitives'

import { aborted } from '../errors.ts'

/** Waits for `ms` milliseconds; rejects with ABORTED as soon as `signal` is. */
export async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) throw aborted()
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const cancel = clock.after(ms, resolve)
  const onAbort = (): void => reject(aborted())
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    await promise
  } finally {
    cancel()
    signal.removeEventListener('abort', onAbort)
  }
}
