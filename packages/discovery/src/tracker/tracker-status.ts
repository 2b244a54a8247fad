// What of a tracker is shown to people: over each address family, and together.

import type { IpFamily } from '@ccbt/address'

/** What came of announcing to a tracker. */
interface AnnounceFigures {
  /** `idle`: not asked yet. */
  readonly state: 'idle' | 'announcing' | 'working' | 'failed'
  /** One line for a person; names no secret part of the URL. */
  readonly lastError?: string
  /** Text of the last answer for a person, at most 512 characters without control characters. */
  readonly warning?: string
  /** Since the latest try. */
  readonly lastAnnounceAgoMs?: number
  /** Absent when no announce is planned. */
  readonly nextAnnounceInMs?: number
  /** Time that the last answer took, without waiting for its turn. */
  readonly latencyMs?: number
  /** Tries so far, failed ones included. */
  readonly announces: number
  readonly failures: number
  /** Addresses in all answers so far, repeats included. */
  readonly peersReceived: number
  readonly seeders?: number
  readonly leechers?: number
  /** Completed downloads. */
  readonly downloaded?: number
  /** Our address as the tracker sees it. */
  readonly externalIp?: string
}

/** One tracker over one address family. */
export interface RouteStatus extends AnnounceFigures {
  readonly family: IpFamily
}

/** One tracker, for display: the figures of its routes together. */
export interface TrackerStatus extends AnnounceFigures {
  readonly url: string
  /** Counted from 0. */
  readonly tier: number
  /** One for each address family that it has, as far as known. */
  readonly routes: readonly RouteStatus[]
}

const STATES = ['announcing', 'working', 'failed', 'idle'] as const

/** Puts the routes of a tracker together: the best state, sums of what adds up, the better of two counts. */
export function combinedStatus(url: string, tier: number, routes: readonly RouteStatus[]): TrackerStatus {
  const sum = (of: (route: RouteStatus) => number): number => routes.reduce((total, route) => total + of(route), 0)
  const isWorking = routes.some(({ state }) => state === 'working')
  return {
    url,
    tier,
    state: STATES.find((state) => routes.some((route) => route.state === state)) ?? 'idle',
    announces: sum(({ announces }) => announces),
    failures: sum(({ failures }) => failures),
    peersReceived: sum(({ peersReceived }) => peersReceived),
    ...chosen('lastError', isWorking ? [] : routes, first),
    ...chosen('warning', routes, first),
    ...chosen('externalIp', routes, first),
    ...chosen('lastAnnounceAgoMs', routes, least),
    ...chosen('nextAnnounceInMs', routes, least),
    ...chosen('latencyMs', routes, least),
    ...chosen('seeders', routes, most),
    ...chosen('leechers', routes, most),
    ...chosen('downloaded', routes, most),
    routes,
  }
}

const first = <T>(values: readonly [T, ...T[]]): T => values[0]
const least = (values: readonly number[]): number => Math.min(...values)
const most = (values: readonly number[]): number => Math.max(...values)

/** The field `key` from those routes that have it; no field when none has. */
function chosen<K extends keyof RouteStatus>(
  key: K,
  routes: readonly RouteStatus[],
  choose: (values: readonly [NonNullable<RouteStatus[K]>, ...NonNullable<RouteStatus[K]>[]]) => RouteStatus[K],
): { [N in K]?: RouteStatus[K] } {
  const [value, ...rest] = routes.flatMap((route) => route[key] ?? [])
  const out: { [N in K]?: RouteStatus[K] } = {}
  if (value !== undefined) out[key] = choose([value, ...rest])
  return out
}
