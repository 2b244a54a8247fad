// The part of npm `bittorrent-tracker` 11.2.3 that this package uses; it ships no types.
declare module 'bittorrent-tracker/server' {
  import type { Socket, RemoteInfo } from 'node:dgram'
  import type { EventEmitter } from 'node:events'
  import type { IncomingMessage, ServerResponse } from 'node:http'

  /** The peers of one torrent, in a bounded cache. */
  export interface Swarm {
    readonly infoHash: string
  }

  export interface RequestParams {
    readonly type: 'http' | 'udp'
    /** The announcing peer's address. */
    readonly ip?: string
    /** Hexadecimal; a list for scrapes. */
    readonly info_hash?: string | string[]
    /** 1: peers as bytes, 0: as dictionaries. */
    compact?: number
  }

  export interface Response {
    /** Compact form. */
    readonly peers?: Uint8Array
    readonly peers6?: Uint8Array
    /** The counts of a scrape; the engine's keys are info-hashes with a byte in each character. */
    readonly files?: Readonly<Record<string, object>> | Map<Uint8Array, object>
  }

  export interface ServerOptions {
    readonly http: false
    readonly udp: false
    readonly ws: false
    readonly stats: false
    readonly interval: number
    readonly peersCacheLength: number
    readonly peersCacheTtl: number
    readonly filter: (infoHash: string, params: RequestParams, done: (refusal: Error | null) => void) => void
  }

  class Server extends EventEmitter {
    constructor(options: ServerOptions)
    static readonly Swarm: new (infoHash: string, server: Server) => Swarm
    /** Sockets that answers to datagrams are sent through. */
    udp4: Socket | null
    udp6: Socket | null
    /** Places to put another store of swarms. */
    getSwarm(infoHash: string, done: (error: Error | null, swarm?: Swarm) => void): void
    createSwarm(infoHash: string, done: (error: Error | null, swarm?: Swarm) => void): void
    onHttpRequest(request: IncomingMessage, response: ServerResponse): void
    onUdpRequest(packet: Buffer, from: RemoteInfo): void
    /** Between the parsing of a request and the writing of its answer. */
    _onRequest(params: RequestParams, done: (error: Error | null, response?: Response) => void): void
    close(done?: () => void): void
  }
  export default Server
}
