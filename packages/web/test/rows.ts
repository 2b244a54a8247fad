import type { PeerView, SettingView, TorrentRow } from '@ccbt/rpc-client'
import { someRow } from '@ccbt/testkit'

/** A torrent's row; what does not matter to a test has some value. */
export function row(changes: Partial<TorrentRow> & { readonly id: number }): TorrentRow {
  return someRow({
    infoHash: changes.id.toString(16).padStart(40, '0'),
    name: `torrent ${changes.id}`,
    wantedDone: 500,
    progress: 0.5,
    downloaded: 500,
    ...changes,
  })
}

/** A connection's view. */
export function peer(changes: Partial<PeerView> = {}): PeerView {
  return {
    address: '127.0.0.1:1',
    client: 'c',
    direction: 'out',
    transport: 'tcp',
    isEncrypted: false,
    progress: 1,
    downloadBps: 0,
    uploadBps: 0,
    downloaded: 0,
    uploaded: 0,
    requests: 0,
    requestWindow: 16,
    amInterested: true,
    amChoking: true,
    peerInterested: false,
    peerChoking: true,
    isSnubbed: false,
    ...changes,
  }
}

/** A setting that is as it came. */
export function setting(changes: Partial<SettingView>): SettingView {
  return {
    key: 'section.key',
    description: 'what it is for',
    type: 'text',
    accepts: 'text',
    choices: [],
    isMasked: false,
    source: 'default',
    where: '',
    apply: 'live',
    locked: '',
    ...changes,
  }
}
