// The daemon over HTTP, as its faces see it.

import { setTimeout as sleep } from 'node:timers/promises'

import { isCcbtError } from '@ccbt/primitives'

import type { DaemonClient, LabelLimitView } from './client.ts'
import { unreachable } from './errors.ts'
import { EventLines } from './event-lines.ts'
import { HttpCaller } from './http-call.ts'
import type { DaemonAddress } from './http-call.ts'
import { RowMerger } from './row-merger.ts'
import type { SettingView } from './setting-view.ts'
import type { LogLine, Preview, StateChanges, StateDelta, SystemView, TorrentDetail } from './views.ts'

/** Between two attempts to get a lost daemon back. */
const RECONNECT_MS = 1000

/**
 * A client of the daemon at `address`; connects with the first call.
 * @example
 * await using client = createHttpClient({ socketPath: '/home/me/.local/state/ccbt/daemon.sock' })
 * for (const row of (await client.state()).torrents) console.log(row.name)
 */
export function createHttpClient(address: DaemonAddress): DaemonClient {
  const caller = new HttpCaller(address)
  // The daemon is of this version or a newer one, whose answers have more but not less.
  const call = <T>(method: string, params: object): Promise<T> => caller.call(method, params) as Promise<T>
  return {
    state: (since) => call<StateDelta>('ccbt-state', since === undefined ? {} : { since }),
    watch: (options) => void watch(caller, options),
    detail: async (id) => (await call<TorrentDetail | null>('ccbt-detail', { id })) ?? undefined,
    preview: (source) => call<Preview>('ccbt-preview', sourceOf(source)),
    add: ({ source, ...rest }) => call('ccbt-add', { ...rest, ...sourceOf(source) }),
    act: async (ids, action) => {
      await call('ccbt-act', { ids, action })
    },
    limit: async (limits) => {
      await call('ccbt-limit', limits)
    },
    limitLabel: (label, limits) => call<LabelLimitView>('ccbt-limit-label', { label, ...limits }),
    system: () => call<SystemView>('ccbt-system', {}),
    log: (since) => call<{ next: number; lines: LogLine[] }>('ccbt-log', { since }),
    settings: () => call<SettingView[]>('ccbt-settings', {}),
    changeSetting: (key, text) => call<SettingView>('ccbt-setting-set', { key, text }),
    [Symbol.asyncDispose]: async () => caller[Symbol.dispose](),
  }
}

function sourceOf(source: Uint8Array | string): { torrentFile: string } | { link: string } {
  return typeof source === 'string' ? { link: source } : { torrentFile: Buffer.from(source).toString('base64') }
}

type WatchOptions = Parameters<DaemonClient['watch']>[0]

async function watch(caller: HttpCaller, options: WatchOptions): Promise<void> {
  const { signal, onConnection } = options
  while (!signal.aborted) {
    try {
      await follow(caller, options)
    } catch (error) {
      if (!signal.aborted && !isCcbtError(error)) throw error
    }
    if (signal.aborted) return
    onConnection('lost')
    await sleep(RECONNECT_MS, undefined, { signal }).catch(() => {}) // aborted: the loop ends
  }
}

/** Reads one stream of events to its end. */
async function follow(caller: HttpCaller, { intervalMs, onDelta, onConnection, signal }: WatchOptions): Promise<void> {
  const response = await caller.open(`/ccbt/events?interval=${intervalMs}&rows=changes`, signal)
  response.setEncoding('utf8')
  const lines = new EventLines()
  const merger = new RowMerger()
  onConnection('connected')
  const merged = (data: string): StateDelta => {
    const delta = merger.merge(JSON.parse(data) as StateChanges)
    if (delta === undefined) throw unreachable(caller.name, 'an answer has been lost')
    return delta
  }
  try {
    for await (const text of response) {
      const events = lines.push(String(text))
      if (events === undefined) throw unreachable(caller.name, 'the answer is not of ccbt')
      for (const { data } of events.filter(({ type }) => type === 'state')) onDelta(merged(data))
    }
  } catch (error) {
    if (isCcbtError(error) || error instanceof SyntaxError) throw error
    throw unreachable(caller.name, 'the connection was lost', error)
  }
}
