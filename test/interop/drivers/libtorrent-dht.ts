// A DHT node of libtorrent on loopback.

import { join } from 'node:path'
import { startChild } from './child.ts'
import type { Child } from './child.ts'
import { pythonWithLibtorrent } from './libtorrent.ts'

const SCRIPT = join(import.meta.dirname, 'libtorrent_dht.py')

/** What it does, again every second. All bytes are hexadecimal. */
export interface LibtorrentDhtJob {
  /** `host:port`. */
  readonly listen: string
  /** Nodes it is told of. */
  readonly nodes: readonly (readonly [host: string, port: number])[]
  /** Announces this info-hash at the port it listens on. */
  readonly announce?: string
  /** Looks for the peers of this info-hash. */
  readonly find?: string
  /** Stores this text as an immutable item. */
  readonly put?: string
  /** Looks for the immutable item with this target. */
  readonly get?: string
  /** Looks for the mutable item of this public key. */
  readonly getMutable?: string
  readonly salt?: string
}

/** A line that it has printed. */
export interface LibtorrentDhtEvent {
  readonly event: 'peers' | 'item' | 'stored'
  readonly peers?: readonly string[]
  readonly value?: string
}

/** A running node. */
export interface LibtorrentDht extends AsyncDisposable {
  readonly events: readonly LibtorrentDhtEvent[]
  log(): string
}

/** Starts a node. */
export function startLibtorrentDht(job: LibtorrentDhtJob): LibtorrentDht {
  const events: LibtorrentDhtEvent[] = []
  const onLine = (line: string): void => void events.push(JSON.parse(line) as LibtorrentDhtEvent)
  const child: Child = startChild([pythonWithLibtorrent() ?? 'python3', SCRIPT, JSON.stringify(job)], { onLine })
  return { events, log: () => child.log(), [Symbol.asyncDispose]: () => child.kill() }
}
