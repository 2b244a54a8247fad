// npm `bittorrent-tracker`'s server as an engine without sockets: it parses requests, keeps the swarms and writes the
// answers. What reaches it, and how many swarms there may be, is decided here. It is loaded on first use only: nobody
// who just downloads should pay for it.

// A program that includes this file by a package's name finds the types of npm `bittorrent-tracker` no other way.
// oxlint-disable-next-line typescript/triple-slash-reference
/// <reference path="../vendor.d.ts" />
import { keyBytes, keyOf } from '@ccbt/bencode'
import type { default as Engine, Swarm } from 'bittorrent-tracker/server'

/** Peers kept per torrent; the one that announced longest ago goes first. */
const MAX_PEERS_PER_TORRENT = 1000

/** Settings of {@link createEngine}. */
export interface EngineOptions {
  readonly intervalMs: number
  readonly maxTorrents: number
  readonly filter: (infoHash: string) => boolean
  readonly log: (line: string) => void
}

export async function createEngine(options: EngineOptions): Promise<Engine> {
  const { default: Server } = await import('bittorrent-tracker/server')
  const engine = new Server({
    http: false,
    udp: false,
    ws: false,
    stats: false,
    interval: options.intervalMs,
    peersCacheLength: MAX_PEERS_PER_TORRENT,
    // A peer that missed two announces is gone.
    peersCacheTtl: 2 * options.intervalMs + 60_000,
    filter: (infoHash, _, done) => done(options.filter(infoHash) ? null : new Error('torrent not served here')),
  })
  keepSwarms(engine, options.maxTorrents, (infoHash) => new Server.Swarm(infoHash, engine))
  repairAnswers(engine)
  logEvents(engine, options.log)
  return engine
}

/**
 * Replaces the engine's unbounded store. Answering at once instead of in a later turn also keeps the whole handling of
 * a request inside the caller's try.
 */
function keepSwarms(engine: Engine, maxTorrents: number, create: (infoHash: string) => Swarm): void {
  const swarms = new Map<string, Swarm>()
  engine.getSwarm = (infoHash, done) => {
    const swarm = swarms.get(infoHash)
    if (swarm !== undefined) {
      // The order of the map is that of last use.
      swarms.delete(infoHash)
      swarms.set(infoHash, swarm)
    }
    done(null, swarm)
  }
  engine.createSwarm = (infoHash, done) => {
    const swarm = create(infoHash)
    swarms.set(infoHash, swarm)
    const [oldest] = swarms.keys()
    if (swarms.size > maxTorrents && oldest !== undefined) swarms.delete(oldest)
    done(null, swarm)
  }
}

/**
 * Over IPv6 a UDP answer has 18-byte entries (BEP 15), where the engine writes 6-byte ones; the info-hashes in an HTTP
 * scrape would be written as UTF-8; and for a `compact` that is neither 0 nor 1 the engine would write its own objects,
 * with complaints on the console.
 */
function repairAnswers(engine: Engine): void {
  const inner = engine._onRequest.bind(engine)
  engine._onRequest = (params, done) => {
    if (params.compact !== 0) params.compact = 1
    const isUdp6 = params.type === 'udp' && params.ip?.includes(':') === true
    inner(params, (error, response) => {
      const { peers6, files } = response ?? {}
      if (isUdp6 && peers6 !== undefined) done(error, { ...response, peers: peers6 })
      else if (params.type === 'http' && files !== undefined && !(files instanceof Map))
        done(error, { ...response, files: withByteKeys(files) })
      else done(error, response)
    })
  }
}

/** A key that is written as its bytes, and sorted by them: npm `bencode` sorts by text. */
class ByteKey extends Uint8Array {
  override toString(): string {
    return keyOf(this)
  }
}

function withByteKeys(files: Readonly<Record<string, object>>): Map<Uint8Array, object> {
  return new Map(Object.entries(files).map(([key, counts]) => [ByteKey.from(keyBytes(key)), counts]))
}

function logEvents(engine: Engine, log: (line: string) => void): void {
  engine.on('warning', (error: Error) => log(`bad request: ${error.message}`))
  for (const event of ['start', 'update', 'complete', 'stop']) {
    engine.on(event, (address: string, params: { info_hash: string }) => log(`${event} ${address} ${params.info_hash}`))
  }
}
