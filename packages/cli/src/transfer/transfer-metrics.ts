// Metrics of a transfer in the foreground. Loaded only when somebody asks for them.

import { parseEndpoint } from '@ccbt/address'
import type { Session, SessionParts, TorrentHandle } from '@ccbt/core'
import { clientVersion } from '../version.ts'

/** The page of one transfer. */
export interface TransferMetrics extends AsyncDisposable {
  /** What the session takes to be measured. */
  readonly parts: Pick<SessionParts, 'observer'>
  /** The torrent is there. */
  attach(session: Session, torrent: TorrentHandle): void
}

/** Serves metrics at each `host:port`. Rejects with DAEMON_LISTEN_FAILED. */
export async function serveMetrics(addresses: readonly string[]): Promise<TransferMetrics> {
  const { listenMetrics, Metrics } = await import('@ccbt/daemon/metrics')
  await using stack = new AsyncDisposableStack()
  const metrics = stack.use(new Metrics({ version: clientVersion(), perTorrent: { kind: 'all' } }))
  for (const address of addresses) stack.use(await listenMetrics(parseEndpoint(address), metrics))
  const running = stack.move()
  return {
    parts: { observer: metrics.observer },
    attach: (session, torrent) => metrics.attach({ session, torrents: () => [torrent] }),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}
