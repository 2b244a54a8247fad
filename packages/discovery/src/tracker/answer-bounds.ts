// Keeps the numbers of a tracker's answer in bounds, however it was transported.

import type { TrackerUrl } from './tracker-url.ts'

const MAX_INTERVAL_S = 86_400
/** Public trackers are shared by millions: never asked more often, whatever an answer says. */
const MIN_INTERVAL_S = 60
/** A tracker that its URL puts on this machine or network is the user's own, who may want it this fast. */
const MIN_LOCAL_INTERVAL_S = 1
/** When an answer gives none. */
const DEFAULT_INTERVAL_S = 1800

/** The two intervals of an answer in bounds; `minIntervalS` never above `intervalS`. */
export function boundedIntervals(
  url: TrackerUrl,
  interval: number | undefined,
  minInterval: number | undefined,
): { intervalS: number; minIntervalS?: number } {
  const floor = url.isLocal ? MIN_LOCAL_INTERVAL_S : MIN_INTERVAL_S
  const intervalS = Math.min(MAX_INTERVAL_S, Math.max(floor, interval ?? DEFAULT_INTERVAL_S))
  if (minInterval === undefined) return { intervalS }
  return { intervalS, minIntervalS: Math.min(intervalS, Math.max(floor, minInterval)) }
}

/** A count that an answer may have: `undefined` for what cannot be one. */
export function count(value: number | undefined): number | undefined {
  return value !== undefined && value >= 0 && value <= 0xffff_ffff ? value : undefined
}
