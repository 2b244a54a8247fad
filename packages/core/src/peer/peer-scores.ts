// How good a connection is, in two numbers from 0 to 1 that people can compare: what it moves now, and whether the peer did
// what it said so far. By the second the choker weighs what a peer gives, and an unreliable peer is asked for less.

import { BLOCK_LENGTH } from '@ccbt/primitives'

import type { Connection } from './connection.ts'

/** The rate at which quality is a half. */
const MIDDLING_BPS = 102_400
/** What is left of the quality of a peer that has let us wait for long. */
const SNUBBED = 0.25
/** One failed attempt to connect weighs as much as so many useless messages. */
const FAILURE_WEIGHT = 4

/** What is looked at. */
export type Scored = Pick<Connection, 'downloadMeter' | 'uploadMeter' | 'unrequested' | 'rejected' | 'known' | 'window'>

/** Both numbers. */
export interface PeerScores {
  /** What the faster direction moves: 0 nothing, 0.5 at 100 KiB/s, towards 1 above. */
  readonly quality: number
  /** Share of useful blocks among all that came of this peer, failed connections and rejects included; 1 without history. */
  readonly reliability: number
}

/** The scores of a connection now. */
export function scoresOf(connection: Scored): PeerScores {
  const { downloadMeter, uploadMeter, window } = connection
  const bps = Math.max(downloadMeter.bps, uploadMeter.bps)
  const speed = bps / (bps + MIDDLING_BPS)
  return { quality: window.isSnubbed ? speed * SNUBBED : speed, reliability: reliabilityOf(connection) }
}

/** {@link PeerScores.reliability} alone; more than 0. */
export function reliabilityOf({ downloadMeter, unrequested, rejected, known }: Scored): number {
  const good = downloadMeter.total / BLOCK_LENGTH
  const bad = unrequested + rejected + FAILURE_WEIGHT * (known?.failures ?? 0)
  return (good + 1) / (good + bad + 1)
}

/** Connections by their quality. */
export interface QualityCounts {
  /** Nothing moves. */
  idle: number
  /** Below 0.25. */
  poor: number
  /** Below 0.75. */
  fair: number
  good: number
}

/** Counts connections by their quality. */
export function countQualities(connections: Iterable<Scored>, counts: QualityCounts): void {
  for (const connection of connections) counts[gradeOf(scoresOf(connection).quality)]++
}

function gradeOf(quality: number): keyof QualityCounts {
  if (quality === 0) return 'idle'
  if (quality < 0.25) return 'poor'
  return quality < 0.75 ? 'fair' : 'good'
}
