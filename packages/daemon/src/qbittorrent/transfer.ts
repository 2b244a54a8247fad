// `transfer/*`: rates and limits of the whole session.

import type { Engine } from '../engine/engine.ts'
import { bpsOf } from '../engine/preferences.ts'
import type { Preferences } from '../engine/preferences.ts'
import { required } from '../http/arguments.ts'
import { numberField } from './form.ts'
import type { Call, Method } from './method.ts'
import { json, text } from './method.ts'
import { peersOf } from './tracker-methods.ts'

/** What a session does now. */
export function transferInfo(engine: Engine): object {
  const { downloadBps, uploadBps } = engine.rates()
  const { dhtNodes } = engine.session.summary()
  const isConnected = dhtNodes > 0 || engine.torrents().some((torrent) => (torrent.summary()?.connections ?? 0) > 0)
  const { current } = engine.totals()
  const { downloadLimit, uploadLimit } = engine.preferences.now
  return {
    connection_status: isConnected ? 'connected' : 'disconnected',
    dht_nodes: dhtNodes,
    dl_info_speed: Math.round(downloadBps),
    dl_info_data: current.downloadedBytes,
    up_info_speed: Math.round(uploadBps),
    up_info_data: current.uploadedBytes,
    dl_rate_limit: bpsOf(downloadLimit),
    up_rate_limit: bpsOf(uploadLimit),
  }
}

/** Every method by its name. */
export const TRANSFER_METHODS: Readonly<Record<string, Method>> = {
  'transfer/info': { needs: 'read', run: ({ engine }) => json(transferInfo(engine)) },
  'transfer/speedLimitsMode': {
    needs: 'read',
    run: ({ engine }) => text(engine.session.summary().usesAlternativeLimits ? '1' : '0'),
  },
  'transfer/toggleSpeedLimitsMode': {
    needs: 'admin',
    run: (call) => switchAlternative(call, !call.engine.preferences.now.alternative.isOn),
  },
  'transfer/setSpeedLimitsMode': {
    needs: 'admin',
    run: (call) => switchAlternative(call, required(numberField(call.fields, 'mode'), 'mode') !== 0),
  },
  'transfer/downloadLimit': limitShown('downloadLimit'),
  'transfer/uploadLimit': limitShown('uploadLimit'),
  'transfer/setDownloadLimit': limitSet('downloadLimit'),
  'transfer/setUploadLimit': limitSet('uploadLimit'),
  'transfer/banPeers': { needs: 'admin', run: banPeers },
}

function switchAlternative({ engine, isOwner }: Call, isOn: boolean): Promise<void> {
  return engine.prefer({ alternative: { ...engine.preferences.now.alternative, isOn } }, isOwner)
}

/** For as long as those who send bad data. What is no address is left out. */
async function banPeers(call: Call): Promise<void> {
  const hosts = peersOf(call).peers.map(({ host }) => host)
  await call.engine.session.command({ type: 'ban', hosts })
}

type Limit = keyof Pick<Preferences, 'downloadLimit' | 'uploadLimit'>

function limitShown(name: Limit): Method {
  return { needs: 'read', run: ({ engine }) => text(String(bpsOf(engine.preferences.now[name]))) }
}

function limitSet(name: Limit): Method {
  return {
    needs: 'admin',
    run: ({ engine, fields, isOwner }: Call) => {
      const bps = Math.max(0, Math.round(required(numberField(fields, 'limit'), 'limit')))
      return engine.prefer({ [name]: { isOn: bps > 0, bps } }, isOwner)
    },
  }
}
