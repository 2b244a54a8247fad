import { seededRandom } from '@ccbt/primitives'
import type { Clock } from '@ccbt/primitives'
import { createTrackerClient } from '@ccbt/discovery'
import type { Resolve, TrackerClient, TrackerRequest } from '@ccbt/discovery'
import { scaledClock } from '@ccbt/testkit'

export const NEVER: AbortSignal = new AbortController().signal

/** An announce of a leecher with recognisable bytes, some of which need encoding in a URL. */
export function request(changes: Partial<TrackerRequest> = {}): TrackerRequest {
  return {
    infoHash: Uint8Array.from({ length: 20 }, (_, i) => (i * 37) & 0xff),
    peerId: new TextEncoder().encode('-CC0001-abcdefghijkl'),
    port: 6881,
    event: 'started',
    stats: { uploaded: 1, downloaded: 2, left: 3 },
    numWant: 50,
    key: 0xdead_beef,
    ...changes,
  }
}

export function client(
  options: { clock?: Clock; resolve?: Resolve; allowLocal?: boolean; bind?: { v4?: string; v6?: string } } = {},
): TrackerClient & AsyncDisposable {
  const clock = options.clock ?? scaledClock()
  return createTrackerClient({ userAgent: 'ccbt/test', random: seededRandom(1), ...options, clock })
}

/** The rejection of `promise`, which must not be fulfilled. */
export async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error('was fulfilled')
}
