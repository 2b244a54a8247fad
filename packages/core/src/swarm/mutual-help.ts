// What the peers of one torrent do for each other: they exchange addresses, and help each other to connect. Not in
// private torrents (BEP 27).

import type { Endpoint } from '@ccbt/address'
import type { Clock } from '@ccbt/primitives'
import type { PiecePicker } from '@ccbt/piece-picker'
import { CC_XET, DONT_HAVE, UT_HOLEPUNCH, UT_METADATA, UT_PEX } from '@ccbt/wire-protocol'

import type { FoundPeer } from '../peer/peer-book.ts'
import type { PeerNetwork } from '../peer/peer-network.ts'
import type { TorrentXet } from '../xet/torrent-xet.ts'
import type { ConnectionTable } from './connection-table.ts'
import { Holepunch } from './holepunch.ts'
import { Pex } from './pex.ts'

/** What is needed for it. */
export interface MutualHelpParts {
  readonly connections: ConnectionTable
  readonly picker: PiecePicker
  readonly clock: Clock
  readonly network: Pick<PeerNetwork, 'usesUtp'>
  readonly usesPex: boolean
  readonly isPrivate: boolean
  readonly xet?: Pick<TorrentXet, 'speaks'>
  readonly onPexPeers: (addresses: readonly FoundPeer[]) => void
  /** See {@link Holepunch}. */
  readonly punch: (endpoint: Endpoint) => void
}

/** The parts that do it, and the names of all extensions that we offer. */
export interface MutualHelp {
  readonly pex: Pex | undefined
  readonly holepunch: Holepunch | undefined
  readonly extensions: readonly string[]
}

export function createMutualHelp(parts: MutualHelpParts): MutualHelp {
  // UT_METADATA is the first everywhere: connections of the metadata phase have it so.
  const always = [UT_METADATA, DONT_HAVE, ...(parts.xet?.speaks === true ? [CC_XET] : [])]
  const { usesPex, isPrivate, network, punch, onPexPeers } = parts
  if (!usesPex || isPrivate) return { pex: undefined, holepunch: undefined, extensions: always }
  const holepunch = network.usesUtp ? new Holepunch({ ...parts, dial: punch }) : undefined
  const pex = new Pex({ ...parts, holepunch, onPeers: onPexPeers })
  return { pex, holepunch, extensions: [...always, UT_PEX, ...(holepunch === undefined ? [] : [UT_HOLEPUNCH])] }
}
