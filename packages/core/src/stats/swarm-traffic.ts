// What one live torrent adds to the traffic of its session, with the connections that have ended.

import type { Connection } from '../peer/connection.ts'
import type { Scored } from '../peer/peer-scores.ts'
import type { Traffic, TrafficBook, TrafficSource } from './traffic.ts'
import type { WastedBytes } from '../snapshot.ts'

/** What of a connection is counted. */
type Counted = Scored &
  Pick<Connection, 'direction' | 'isHandshaken' | 'receivedBytes'> & {
    readonly stream: Pick<Connection['stream'], 'transport' | 'isEncrypted' | 'writtenBytes'>
  }

/** What of a swarm is counted. */
interface CountedSwarm {
  readonly connections: Iterable<Counted>
  readonly downloaded: number
  readonly uploaded: number
  readonly downloader: { readonly intake: { readonly waste: WastedBytes } }
}

/** Counts for one swarm from its start to its end. */
export class SwarmTraffic implements TrafficSource {
  piecesVerified = 0
  readonly #swarm: CountedSwarm
  readonly #book: TrafficBook
  readonly #ended = { received: 0, sent: 0 }

  constructor(swarm: CountedSwarm, book: TrafficBook) {
    this.#swarm = swarm
    this.#book = book
    book.follow(this)
  }

  get connections(): Iterable<Counted> {
    return this.#swarm.connections
  }

  /** A connection has ended, and is no longer among those of the swarm. */
  left(connection: Counted): void {
    addProtocol(this.#ended, connection)
  }

  /** All connections have ended. */
  end(): void {
    this.#book.end(this)
  }

  addTraffic(total: Traffic): void {
    const protocol = { ...this.#ended }
    for (const connection of this.#swarm.connections) addProtocol(protocol, connection)
    const { hashFailed, duplicate, unrequested } = this.#swarm.downloader.intake.waste
    total.payloadReceived += this.#swarm.downloaded
    total.payloadSent += this.#swarm.uploaded
    total.protocolReceived += protocol.received
    total.protocolSent += protocol.sent
    total.wasted.hashFailed += hashFailed
    total.wasted.duplicate += duplicate
    total.wasted.unrequested += unrequested
    total.piecesVerified += this.piecesVerified
  }
}

function addProtocol(total: { received: number; sent: number }, connection: Counted): void {
  const { receivedBytes, downloadMeter, stream, uploadMeter } = connection
  total.received += receivedBytes - downloadMeter.total
  total.sent += stream.writtenBytes - uploadMeter.total
}
