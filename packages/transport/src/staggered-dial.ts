// Several ways to one peer, tried one after the other with a head start for the first: happy eyeballs (RFC 8305), for
// addresses of a name and for transports alike.

import type { ByteStream } from './byte-stream.ts'

/** One way: resolves with a stream or rejects, in time and at an abort. */
export type DialAttempt = (signal: AbortSignal) => Promise<ByteStream>

/** How the ways are tried. */
export interface StaggeredDialOptions {
  /** What an attempt that does not fail gets before the next one starts beside it. */
  readonly headStartMs: number
  readonly signal: AbortSignal
}

/** The first stream that comes; the other attempts are given up. Rejects with the reason of the first that failed. */
export async function dialStaggered(
  attempts: readonly DialAttempt[],
  { headStartMs, signal }: StaggeredDialOptions,
): Promise<ByteStream> {
  const decided = new AbortController()
  const either = AbortSignal.any([signal, decided.signal])
  const { promise, resolve, reject } = Promise.withResolvers<ByteStream>()
  const failures: unknown[] = []
  let started = 0
  let timer: NodeJS.Timeout | undefined
  const won = (stream: ByteStream): void => {
    // Aborting comes too late for one that connects in the same turn.
    if (decided.signal.aborted) stream.close()
    else decided.abort()
    resolve(stream)
  }
  const failed = (error: unknown): void => {
    failures.push(error)
    if (failures.length === attempts.length) reject(failures[0])
    else if (!decided.signal.aborted) startNext()
  }
  const startNext = (): void => {
    clearTimeout(timer)
    const attempt = attempts[started++]
    if (attempt === undefined) return
    timer = setTimeout(startNext, headStartMs)
    attempt(either).then(won, failed)
  }
  startNext()
  try {
    return await promise
  } finally {
    clearTimeout(timer)
  }
}
