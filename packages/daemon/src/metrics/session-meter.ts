// What the session tells while it works, as counters and histograms. It is called on the way of announces and disk jobs, never
// on the way of a block.

import type { SessionEvent, SessionObserver } from '@ccbt/core'

import { Counter, Histogram, NETWORK_BOUNDS, WORK_BOUNDS } from './instruments.ts'
import type { Labels, MetricText } from './metric-text.ts'

const PROTOCOLS = ['http', 'https', 'udp'] as const

/** Counts and measures one session. */
export class SessionMeter implements SessionObserver {
  readonly #announces = new Counter({
    name: 'ccbt_tracker_announces_total',
    help: 'Announces to trackers that have ended.',
    known: PROTOCOLS.flatMap((proto) => ['ok', 'failed'].map((result) => ({ proto, result }))),
  })
  readonly #announceTime = new Histogram(
    {
      name: 'ccbt_tracker_announce_duration_seconds',
      help: 'How long trackers take to answer or to fail.',
      known: PROTOCOLS.map((proto) => ({ proto })),
    },
    NETWORK_BOUNDS,
  )
  readonly #connections = new Counter({
    name: 'ccbt_peer_connections_total',
    help: 'Connections to peers, made and failed: connected are those past the handshake.',
    known: [
      { direction: 'in', result: 'connected' },
      ...['connected', 'unreachable', 'encryption_refused'].map((result) => ({ direction: 'out', result })),
    ],
  })
  readonly #connectTime = new Histogram(
    { name: 'ccbt_peer_connect_duration_seconds', help: 'How long connecting to peers takes.', known: [{}] },
    NETWORK_BOUNDS,
  )
  readonly #disconnects = new Counter({
    name: 'ccbt_peer_disconnects_total',
    help: 'Connections that ended: closed by the peer, or by us for a reason.',
    known: ['peer', 'us'].map((by) => ({ by })),
  })
  readonly #bans = new Counter({
    name: 'ccbt_peer_bans_total',
    help: 'Senders of wrong data that were banned.',
    known: ['bad_data', 'bad_web_seed_data'].map((reason) => ({ reason })),
  })
  readonly #corrupt = new Counter({
    name: 'ccbt_pieces_corrupt_total',
    help: 'Pieces that arrived and were wrong.',
    known: [{}],
  })
  readonly #diskErrors = new Counter({
    name: 'ccbt_disk_errors_total',
    help: 'Failures of the disk that stopped a torrent.',
    known: ['read', 'write', 'other'].map((op) => ({ op, errno: 'EIO' })),
  })
  readonly #failures = new Counter({
    name: 'ccbt_torrent_failures_total',
    help: 'Torrents that stopped with an error, by whose fault it is.',
    known: ['peer', 'remote', 'disk', 'input', 'us'].map((blame) => ({ blame })),
  })
  readonly #completed = new Counter({
    name: 'ccbt_torrents_completed_total',
    help: 'Downloads that were completed.',
    known: [{}],
  })
  readonly #diskJobs = new Histogram(
    {
      name: 'ccbt_disk_op_duration_seconds',
      help: 'How long jobs of the disk workers take, waiting included: segment = hash and write up to 1 MiB.',
      known: ['segment', 'read', 'check'].map((op) => ({ op })),
    },
    WORK_BOUNDS,
  )
  readonly #failedJobs = new Counter({
    name: 'ccbt_disk_jobs_failed_total',
    help: 'Jobs of the disk workers that failed or were given up.',
    known: ['segment', 'read', 'check'].map((op) => ({ op })),
  })
  readonly #hashTime = new Histogram(
    { name: 'ccbt_hash_duration_seconds', help: 'How long hashing up to 1 MiB takes.', known: [{}] },
    WORK_BOUNDS,
  )

  announced({ protocol: proto, isAnswered, durationMs }: Parameters<SessionObserver['announced']>[0]): void {
    this.#announces.add({ proto, result: isAnswered ? 'ok' : 'failed' })
    this.#announceTime.observe(durationMs / 1000, { proto })
  }

  dialed(result: Parameters<SessionObserver['dialed']>[0], durationMs: number): void {
    if (result === 'connected') this.#connectTime.observe(durationMs / 1000)
    else this.#connections.add({ direction: 'out', result: result.replaceAll('-', '_') })
  }

  diskJob(op: string, durationMs: number, isDone: boolean): void {
    this.#diskJobs.observe(durationMs / 1000, { op })
    if (!isDone) this.#failedJobs.add({ op })
  }

  hashed(durationMs: number): void {
    this.#hashTime.observe(durationMs / 1000)
  }

  /** Takes an event of the session. */
  happened(event: SessionEvent): void {
    if (event.type === 'peer-connected') this.#connections.add({ direction: event.direction, result: 'connected' })
    else if (event.type === 'peer-disconnected')
      this.#disconnects.add({ by: event.reason === undefined ? 'peer' : 'us' })
    else if (event.type === 'peer-banned') this.#bans.add({ reason: 'bad_data' })
    else if (event.type === 'web-seed-banned') this.#bans.add({ reason: 'bad_web_seed_data' })
    else if (event.type === 'piece-corrupt') this.#corrupt.add()
    else if (event.type === 'complete') this.#completed.add()
    else if (event.type === 'failed') this.#failed(event.error)
  }

  /** Pieces that arrived and were wrong. */
  get piecesCorrupt(): number {
    return this.#corrupt.total
  }

  write(out: MetricText): void {
    const instruments = [
      this.#announces,
      this.#announceTime,
      this.#connections,
      this.#connectTime,
      this.#disconnects,
      this.#bans,
      this.#corrupt,
      this.#diskErrors,
      this.#failures,
      this.#completed,
      this.#diskJobs,
      this.#failedJobs,
      this.#hashTime,
    ]
    for (const instrument of instruments) instrument.write(out)
  }

  #failed(error: Extract<SessionEvent, { type: 'failed' }>['error']): void {
    this.#failures.add({ blame: error.blame })
    if (error.blame === 'disk') this.#diskErrors.add(diskErrorLabels(error))
  }
}

function diskErrorLabels({ code, context }: Extract<SessionEvent, { type: 'failed' }>['error']): Labels {
  const op = code.includes('READ') ? 'read' : code.includes('WRITE') || code.includes('SPACE') ? 'write' : 'other'
  const errno = 'errno' in context ? context.errno : 'none'
  return { op, errno }
}
