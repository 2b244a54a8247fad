// Fetches torrent files the way that the session's connections go.

import { bindAddresses, systemClock } from '@ccbt/core'
import type { SessionOptions } from '@ccbt/core'
import { createProxy } from '@ccbt/proxy'

import { fetchWebFile } from './web-file.ts'

/** As large as what is accepted in a request. */
const MAX_TORRENT_BYTES = 10_485_760

/** Who wants a torrent file. */
export interface TorrentFetchOptions {
  /** Value of the Cookie header; '' = none. */
  readonly cookies: string
  /** Whether servers on this machine and its networks may be asked. */
  readonly allowsLocal: boolean
  readonly signal: AbortSignal
}

/** Gives the bytes behind an http or https address. Rejects with DAEMON_FETCH_FAILED. */
export type TorrentFetcher = (url: string, options: TorrentFetchOptions) => Promise<Uint8Array>

/** Fetches from the addresses that a session is bound to, or through the proxy that its web traffic goes through. */
export function torrentFetcher({ bind, proxy }: Pick<SessionOptions, 'bind' | 'proxy'>): TorrentFetcher {
  const isProxied = proxy !== undefined && (proxy.for ?? ['web']).includes('web')
  const local = bindAddresses(bind)
  const way = isProxied ? { proxy: createProxy(proxy, { clock: systemClock, bind: local }) } : { bind: local }
  return (url, options) => fetchWebFile(url, { ...options, ...way, maxBytes: MAX_TORRENT_BYTES })
}
