// Where the page is served: beside remote control, and on an address of its own for a scraper that has no password.

import { listenHttp } from '../http/server.ts'
import type { HttpAddress, HttpListener } from '../http/server.ts'
import type { HttpAnswer, Route } from '../http/route.ts'
import type { Metrics } from './metrics.ts'
import { METRICS_CONTENT_TYPE } from './metric-text.ts'

const PATH = '/metrics'

/** `/metrics` among the routes of remote control: whoever may read gets it. */
export function metricsRoute(metrics: Pick<Metrics, 'render'>): Route {
  return ({ path, method }) => (path === PATH ? answer(metrics, method) : undefined)
}

/**
 * Serves the page and nothing else at an address of its own, to everybody who reaches that. Pages of other sites do not: a
 * browser says where its request comes from. Rejects with DAEMON_LISTEN_FAILED.
 */
export function listenMetrics(address: HttpAddress, metrics: Pick<Metrics, 'render'>): Promise<HttpListener> {
  return listenHttp(address, {
    isProxy: () => false,
    answer: async ({ url = '', method = 'GET', headers }) => {
      const isBrowser = headers.origin !== undefined || (headers['sec-fetch-site'] ?? 'none') !== 'none'
      if (isBrowser) return { status: 403, body: 'not for pages\n' }
      if (url.split('?')[0] !== PATH) return { status: 404, body: `see ${PATH}\n` }
      return await answer(metrics, method)
    },
  })
}

async function answer(metrics: Pick<Metrics, 'render'>, method: string): Promise<HttpAnswer> {
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, headers: { allow: 'GET, HEAD' }, body: 'GET\n' }
  const page = await metrics.render()
  return { status: 200, headers: { 'content-type': METRICS_CONTENT_TYPE }, body: page }
}
