// What the daemon tells whoever watches over it, for those who ask over remote control.

import type { DaemonMonitor } from '@ccbt/rpc-client'

import type { Alerts } from './alerts/alerts.ts'
import { invalidRequest } from './errors.ts'
import type { Logger } from './log/logger.ts'

/** The monitor of the daemon in this process; `find` gives nothing while alerts are switched off. */
export function monitorOf(find: () => Alerts | undefined, log: Pick<Logger, 'traces'>): DaemonMonitor {
  const running = (): Alerts => {
    const alerts = find()
    if (alerts === undefined) throw invalidRequest('alerts are switched off (setting alerts.enabled)')
    return alerts
  }
  return {
    alerts: async () => find()?.list() ?? { rules: [], alerts: [] },
    testAlert: async (rule) => await running().test(rule),
    silenceAlert: async (rule, durationMs) => running().silence(rule, durationMs),
    trace: async ({ peer, infoHash }, durationMs) => {
      if (peer === undefined && infoHash === undefined) throw invalidRequest('a trace needs a peer or a torrent')
      if (infoHash !== undefined && !/^[\da-f]{8,64}$/i.test(infoHash)) {
        throw invalidRequest('a torrent is named by at least eight digits of its info-hash')
      }
      const torrent = infoHash === undefined ? {} : { infoHash: infoHash.toLowerCase() }
      log.traces.start({ ...(peer === undefined ? {} : { peer }), ...torrent }, durationMs)
    },
  }
}
