// What a session measures for whoever asks for it. Without an observer nothing is measured.

import type { DiskObserver } from '@ccbt/disk-io'
import { isCcbtError } from '@ccbt/primitives'
import type { Clock } from '@ccbt/primitives'
import type { TrackerClient, TrackerRequest, TrackerResponse } from '@ccbt/discovery'

/** Hears how long things take. Called often and synchronously: what it does must be quick and must not throw. */
export interface SessionObserver extends DiskObserver {
  /** An announce has ended, counted from the moment when it was its turn. */
  announced(announce: {
    readonly protocol: 'http' | 'https' | 'udp'
    readonly isAnswered: boolean
    readonly durationMs: number
  }): void
  /** An attempt to connect to a peer has ended. */
  dialed(result: 'connected' | 'unreachable' | 'encryption-refused', durationMs: number): void
}

/** A tracker client whose announces are measured. */
export function observedTrackers(client: TrackerClient, observer: SessionObserver, clock: Clock): TrackerClient {
  const announce = async (
    url: string,
    request: TrackerRequest,
    signal: AbortSignal,
    onTurn?: () => void,
  ): Promise<TrackerResponse> => {
    let startedAtMs = clock.now()
    const tell = (isAnswered: boolean): void =>
      observer.announced({ protocol: protocolOf(url), isAnswered, durationMs: clock.now() - startedAtMs })
    try {
      const response = await client.announce(url, request, signal, () => {
        startedAtMs = clock.now()
        onTurn?.()
      })
      tell(true)
      return response
    } catch (error) {
      // One that was given up says nothing about the tracker.
      if (!isCcbtError(error, 'ABORTED')) tell(false)
      throw error
    }
  }
  return { families: client.families, announce, scrape: (url, hashes, signal) => client.scrape(url, hashes, signal) }
}

function protocolOf(url: string): 'http' | 'https' | 'udp' {
  if (/^udp:/i.test(url)) return 'udp'
  return /^https:/i.test(url) ? 'https' : 'http'
}
