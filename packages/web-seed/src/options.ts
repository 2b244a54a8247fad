import type { BindAddresses } from '@ccbt/address'
import type { Clock } from '@ccbt/primitives'
import type { Proxy } from '@ccbt/proxy'

import type { Resolve } from './address-guard.ts'

/** One file of the torrent, in the order of the byte space. Lengths and offsets in bytes. */
export interface SeedFile {
  /** The path as in the torrent, without the torrent's name: what the server knows the file by. */
  readonly path: readonly string[]
  readonly length: number
  /** Where the file starts in the torrent's byte space. */
  readonly offset: number
  /** Padding (BEP 47): zeros that no server of files has. */
  readonly isPad: boolean
}

/** What the web seed has to know of the torrent. */
export interface SeedTorrent {
  /** The torrent's name as in the torrent. */
  readonly name: string
  readonly isMultiFile: boolean
  readonly files: readonly SeedFile[]
  /** 20 bytes. */
  readonly infoHash: Uint8Array
  readonly pieceLength: number
  readonly totalLength: number
}

/** Settings of a web seed. */
export interface WebSeedOptions extends SeedTorrent {
  /** As in the torrent; may have a user name and a password. */
  readonly url: string
  /** `url-list`: a server of files (BEP 19). `httpseeds`: a script that knows pieces (BEP 17). */
  readonly style: 'url-list' | 'httpseeds'
  readonly userAgent: string
  readonly clock: Clock
  /** Local addresses of all sockets; a family without one is not used as soon as either is given. */
  readonly bind?: BindAddresses
  /** The way of all connections, with a local address of its own: names are resolved there. */
  readonly proxy?: Pick<Proxy, 'tunnel'>
  /** Default: the system's resolver. */
  readonly resolve?: Resolve
  /** Why an address, an IP literal, is not contacted, in a few words; default: no address is refused. */
  readonly refusal?: (host: string) => string | undefined
  /** Whether names and redirects may lead to local addresses; default false. */
  readonly allowLocal?: boolean
  /** Fetches that run at once, each on a connection of its own; more wait. Default 4. */
  readonly maxConnections?: number
}
