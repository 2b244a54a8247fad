// The daemon's methods. Addresses are relative to the page, so that it works below any path of a reverse proxy.

import type {
  AddTorrent,
  AlertList,
  DaemonClient,
  LogLine,
  Preview,
  ReloadOutcome,
  SettingView,
  SystemView,
  TorrentAction,
  TorrentDetail,
} from '@ccbt/rpc-client'

/** What the daemon says when it does not do something; the message is for the user. */
export class DaemonError extends Error {
  override readonly name = 'DaemonError'
}

const TIMEOUT_MS = 30_000

async function call<T>(method: string, params: object): Promise<T> {
  const answer = await send(JSON.stringify({ method, params }))
  if (answer.status === 401 || answer.status === 403) throw new DaemonError('the daemon does not let you in')
  const value: unknown = await answer.json().catch(() => undefined)
  if (typeof value !== 'object' || value === null) throw new DaemonError(`the daemon answers HTTP ${answer.status}`)
  if ('error' in value) throw new DaemonError(String(value.error))
  // The page comes from the daemon that answers: both are of one version.
  return ('result' in value ? value.result : null) as T
}

async function send(body: string): Promise<Response> {
  try {
    const headers = { 'content-type': 'application/json' }
    return await fetch('ccbt/rpc', { method: 'POST', headers, body, signal: AbortSignal.timeout(TIMEOUT_MS) })
  } catch (cause) {
    throw new DaemonError('the daemon does not answer', { cause })
  }
}

/** Where a torrent comes from: its file as base64, or a link. */
export type Source = { readonly torrentFile: string } | { readonly link: string }

/** How a torrent is added. */
export type AddOptions = Source & Omit<AddTorrent, 'source'>

/** What the page asks the daemon. Rejections are {@link DaemonError}s. */
export const daemon = {
  detail: (id: number): Promise<TorrentDetail | null> => call('ccbt-detail', { id }),
  preview: (source: Source): Promise<Preview> => call('ccbt-preview', source),
  add: (options: AddOptions): ReturnType<DaemonClient['add']> => call('ccbt-add', options),
  act: (ids: readonly number[], action: TorrentAction): Promise<void> => call('ccbt-act', { ids, action }),
  limit: (limits: Parameters<DaemonClient['limit']>[0]): Promise<void> => call('ccbt-limit', limits),
  system: (): Promise<SystemView> => call('ccbt-system', {}),
  reload: (): Promise<ReloadOutcome> => call('ccbt-reload', {}),
  settings: (): Promise<SettingView[]> => call('ccbt-settings', {}),
  changeSetting: (key: string, text: string | undefined): Promise<SettingView> =>
    call('ccbt-setting-set', { key, text }),
  alerts: (): Promise<AlertList> => call('ccbt-alerts', {}),
  silence: (rule: string, durationMs: number): Promise<void> => call('ccbt-alert-silence', { rule, durationMs }),
  log: (since: number): Promise<{ next: number; lines: LogLine[] }> => call('ccbt-log', { since }),
} as const
