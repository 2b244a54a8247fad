// For programs that measure a session without a daemon around it.

export { listenMetrics } from './endpoint.ts'
export { Metrics } from './metrics.ts'
export type { Collector, MetricsOptions, MetricsSource } from './metrics.ts'
export { parsePerTorrent } from './torrent-metrics.ts'
export type { PerTorrent } from './torrent-metrics.ts'
