// What happens in a swarm in the words of the session's events.

import type { TorrentEvent } from '../events.ts'
import type { SwarmParts } from './swarm-parts.ts'

/** The parts of a swarm that only tell. */
export function swarmEvents(
  emit: (event: TorrentEvent) => void,
): Pick<SwarmParts, 'onCorrupt' | 'onBanned' | 'onConnected' | 'onDisconnected'> {
  return {
    onCorrupt: (piece) => emit({ type: 'piece-corrupt', piece }),
    onBanned: (address, reason) => emit({ type: 'peer-banned', address, reason }),
    onConnected: ({ address, direction, stream: { transport, isEncrypted } }) =>
      emit({ type: 'peer-connected', address, direction, transport, isEncrypted }),
    onDisconnected: (address, reason) =>
      emit({ type: 'peer-disconnected', address, ...(reason === undefined ? {} : { reason }) }),
  }
}
