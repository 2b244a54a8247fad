// Fetches torrent files the way that the session's connections go.

import { isIP } from 'node:net'

import type { SessionOptions } from '@ccbt/core'

import { fetchFailed } from '../errors.ts'
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

/** Fetches from the addresses that a session is bound to; nothing where its web traffic goes through a proxy. */
export function torrentFetcher({ bind, proxy }: Pick<SessionOptions, 'bind' | 'proxy'>): TorrentFetcher {
  const isProxied = proxy !== undefined && (proxy.for ?? ['web']).includes('web')
  return async (url, options) => {
    if (isProxied) throw fetchFailed(URL.parse(url)?.host ?? 'there', 'it is not asked around the proxy; send the file')
    return fetchWebFile(url, { ...options, maxBytes: MAX_TORRENT_BYTES, bind: localAddresses(bind) })
  }
}

function localAddresses(bind: SessionOptions['bind']): { v4?: string; v6?: string } {
  if (typeof bind !== 'string') return bind ?? {}
  return isIP(bind) === 6 ? { v6: bind } : { v4: bind }
}
