// What the web seeds of a torrent need, out of what the torrent has.

import type { Metainfo } from '@ccbt/metainfo'
import { toHex } from '@ccbt/primitives'

import type { SessionShared } from '../../session/shared.ts'
import type { ByteSpace } from '../../torrent/byte-space.ts'
import { seedTorrentOf, webSeedsOf } from './addresses.ts'
import type { WebSeedPlan } from './web-seeds.ts'

/** What a plan is made of. */
export interface WebSeedPlanParts extends Pick<WebSeedPlan, 'emit' | 'onError'> {
  readonly metainfo: Metainfo
  readonly space: ByteSpace
  /** URLs besides those in the torrent. */
  readonly added: readonly string[] | undefined
  readonly shared: Pick<SessionShared, 'gate' | 'webNetwork'>
}

/** The web seeds of a torrent. */
export function webSeedPlan({ metainfo, space, added, shared, emit, onError }: WebSeedPlanParts): WebSeedPlan {
  return {
    torrent: () => seedTorrentOf(metainfo, space),
    addresses: webSeedsOf(metainfo, added),
    banned: shared.gate.webSeedBans(toHex(metainfo.infoHash)),
    refusal: (host) => shared.gate.refusal(host),
    ...shared.webNetwork,
    emit,
    onError,
  }
}
