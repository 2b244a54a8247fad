// The events of a session as lines of the log.

import type { PeerTracer, SessionEvent } from '@ccbt/core'

import type { LogEntry, Logger } from './logger.ts'

type Entry = Pick<LogEntry, 'level' | 'area' | 'text'>
type Tellers = { readonly [T in SessionEvent['type']]?: (event: Extract<SessionEvent, { type: T }>) => Entry }

const TELLERS: Tellers = {
  listening: ({ port }) => info('daemon', `listening for peers on port ${port}`),
  added: ({ name }) => debug('torrent', `added: ${name}`),
  metadata: ({ name }) => info('torrent', `metadata is known: ${name}`),
  checking: () => info('torrent', 'checking what is there'),
  checked: ({ piecesDone, pieces, hashed }) =>
    infoIf(hashed !== undefined, `checked: ${piecesDone} of ${pieces} pieces are there`),
  complete: ({ downloaded, elapsedMs }) =>
    infoIf(downloaded > 0, `complete: ${downloaded} bytes in ${Math.round(elapsedMs / 1000)} s`),
  finished: () => info('torrent', 'finished'),
  'goal-reached': ({ kind, action }) => info('torrent', `seeding goal reached (${kind}): ${action}`),
  failed: ({ error }) => ({
    level: 'error',
    area: error.blame === 'disk' ? 'disk' : 'torrent',
    text: `${error.message} [${error.code}]`,
  }),
  'piece-corrupt': ({ piece }) => warning('peer', `piece ${piece} came damaged and is fetched again`),
  'peer-connected': ({ address, direction, transport, isEncrypted }) =>
    debug('peer', `${address} connected: ${direction}, ${transport}${isEncrypted ? ', encrypted' : ''}`),
  'peer-disconnected': ({ address, reason }) =>
    debug('peer', `${address} left${reason === undefined ? '' : `: ${reason}`}`),
  'peer-refused': ({ address, reason }) => warning('peer', `${address} is left out: ${reason}`),
  'peer-banned': ({ address, reason }) => warning('peer', `${address} is banned: ${reason}`),
  'web-seed-banned': ({ url, reason }) => warning('peer', `web seed ${url} is banned: ${reason}`),
  'web-seed-failed': ({ url, error }) => warning('peer', `web seed ${url}: ${error}`),
  'port-mapped': ({ protocol, externalPort, via }) =>
    info('source', `the gateway lets ${protocol} in on port ${externalPort} (${via})`),
  'ip-filter-loaded': ({ path, ranges }) => info('source', `IP filter ${path}: ${ranges} ranges`),
  'ip-filter-failed': ({ path, reason }) => warning('source', `IP filter ${path}: ${reason}`),
  'source-failed': ({ source, reason }) => warning('source', `${source}: ${reason}`),
  'tracker-failed': ({ url, error }) => warning('tracker', `${url}: ${error}`),
  'tracker-working': ({ url, peers }) => debug('tracker', `${url}: ${peers} peers`),
}

function info(area: string, text: string): Entry {
  return { level: 'info', area, text }
}

function warning(area: string, text: string): Entry {
  return { level: 'warning', area, text }
}

function debug(area: string, text: string): Entry {
  return { level: 'debug', area, text }
}

/** What thousands of torrents tell at each start is for those who look closely; the engine says it in one line. */
function infoIf(isNews: boolean, text: string): Entry {
  return isNews ? info('torrent', text) : debug('torrent', text)
}

/** Tells an event. */
export function logEvent(logger: Logger, event: SessionEvent): void {
  const entry = tell(event)
  if (entry === undefined) return
  const infoHash = 'infoHash' in event ? { infoHash: event.infoHash } : {}
  const peer = 'address' in event ? { peer: event.address } : {}
  logger.log({ ...entry, ...infoHash, ...peer })
}

function tell<T extends SessionEvent['type']>(event: Extract<SessionEvent, { type: T }>): Entry | undefined {
  const teller: ((event: Extract<SessionEvent, { type: T }>) => Entry) | undefined = TELLERS[event.type]
  return teller?.(event)
}

/** What is said between peers and us, of those that somebody traces. */
export function peerTracer(logger: Logger): PeerTracer {
  return {
    wants: (infoHash, address) => !logger.traces.isIdle && logger.traces.covers(address(), infoHash),
    told: (infoHash, address, text) => logger.log({ ...debug('peer', text), infoHash, peer: address }),
  }
}
