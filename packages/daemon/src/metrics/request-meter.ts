// Requests to the daemon by interface and answer; wrong passwords apart.

import type { HttpHandler } from '../http/server.ts'
import { Counter } from './instruments.ts'
import type { MetricText } from './metric-text.ts'

/** First parts of paths that are interfaces; everything else is the page. */
const APIS: readonly string[] = ['transmission', 'ccbt', 'api', 'metrics']
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST'])

/** Counts requests. */
export class RequestMeter {
  readonly #requests = new Counter({
    name: 'ccbt_rpc_requests_total',
    help: 'Requests to the daemon that were answered.',
  })
  readonly #failures = new Counter({
    name: 'ccbt_rpc_auth_failures_total',
    help: 'Requests with a wrong password or token, or too many of them.',
    known: [{}],
  })
  readonly #onFailure: () => void

  /** `onFailure` hears of wrong passwords and tokens. */
  constructor(onFailure: () => void) {
    this.#onFailure = onFailure
  }

  /** A handler that is counted. */
  watch(handler: HttpHandler): HttpHandler {
    return {
      isProxy: (address) => handler.isProxy(address),
      answer: async (request, signal) => {
        const answer = await handler.answer(request, signal)
        const { url = '', method: asked = 'GET', headers } = request
        const api = APIS.find((known) => url.split(/[/?]/, 4).includes(known)) ?? 'page'
        const method = METHODS.has(asked) ? asked : 'other'
        this.#requests.add({ api, method, code: String(answer.status) })
        const isRefused = answer.status === 401 && headers.authorization !== undefined
        if (isRefused || answer.status === 429) this.#failed()
        return answer
      },
    }
  }

  write(out: MetricText): void {
    this.#requests.write(out)
    this.#failures.write(out)
  }

  #failed(): void {
    this.#failures.add()
    this.#onFailure()
  }
}
