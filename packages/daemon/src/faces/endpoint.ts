// The daemon's own interface over HTTP: one `ccbt-` method at /ccbt/rpc for each of `DaemonClient`, and what changes as
// server-sent events at /ccbt/events. Bodies and answers are JSON; the bytes of a torrent file travel as base64.

import { isCcbtError } from '@ccbt/primitives'
import type { DaemonClient, DaemonControl, DaemonMonitor } from '@ccbt/rpc-client'

import {
  flagOf,
  integerOf,
  integersOf,
  isArguments,
  parseArguments,
  required,
  textOf,
  textsOf,
} from '../http/arguments.ts'
import type { Arguments } from '../http/arguments.ts'
import type { HttpAnswer, HttpRequest, Route } from '../http/route.ts'
import { invalidRequest, scopeTooSmall } from '../errors.ts'
import { permits } from '../security/scope.ts'
import type { Scope } from '../security/scope.ts'
import { exportedOf } from './archive.ts'
import type { FaceClient } from './local-client.ts'
import { publicationOf } from './publication.ts'
import { actionOf, labelLimitsOf, limitsOf } from './torrent-action.ts'

const MIN_INTERVAL_MS = 250
const MAX_INTERVAL_MS = 60_000
const DEFAULT_INTERVAL_MS = 1000
const MAX_DURATION_MS = 366 * 86_400_000

/** The daemon besides its torrents. */
export type Control = DaemonControl & DaemonMonitor

type Method = (client: FaceClient, args: Arguments, control: Control) => Promise<unknown>

/** What is not named needs `control`. */
const NEEDED: Readonly<Record<string, Scope>> = {
  'ccbt-state': 'read',
  'ccbt-detail': 'read',
  'ccbt-system': 'read',
  'ccbt-log': 'read',
  'ccbt-daemon': 'read',
  'ccbt-alerts': 'read',
  'ccbt-trace': 'read',
  'ccbt-publications': 'read',
  'ccbt-publication-add': 'admin',
  'ccbt-publication-remove': 'admin',
  'ccbt-settings': 'read',
  'ccbt-setting-set': 'admin',
  // It vouches for data that nobody has hashed here.
  'ccbt-restore': 'admin',
  'ccbt-alert-test': 'admin',
  'ccbt-limit': 'admin',
  'ccbt-reload': 'admin',
  'ccbt-stop': 'admin',
}

const METHODS: Readonly<Record<string, Method>> = {
  'ccbt-state': async (client, args) => {
    const since = integerOf(args, 'since')
    return wantsChanges(textOf(args, 'rows')) ? client.stateChanges(since) : await client.state(since)
  },
  'ccbt-detail': async (client, args) => (await client.detail(required(integerOf(args, 'id'), 'id'))) ?? null,
  'ccbt-preview': (client, args) => client.preview(sourceOf(args)),
  'ccbt-add': add,
  'ccbt-export': async (client, args) => (await client.export(required(integerOf(args, 'id'), 'id'))) ?? null,
  'ccbt-restore': (client, args) => client.restore(exportedOf(args)),
  'ccbt-act': (client, args) => {
    const { action } = args
    return client.act(required(integersOf(args, 'ids'), 'ids'), actionOf(isArguments(action) ? action : {}))
  },
  'ccbt-limit': (client, args) => client.limit(limitsOf(args)),
  'ccbt-limit-label': (client, args) =>
    client.limitLabel(required(textOf(args, 'label'), 'label'), labelLimitsOf(args)),
  'ccbt-system': (client) => client.system(),
  'ccbt-log': (client, args) => client.log(required(integerOf(args, 'since'), 'since')),
  'ccbt-publications': (client) => client.publications(),
  'ccbt-publication-add': (client, args) => client.addPublication(publicationOf(args)),
  'ccbt-publication-remove': (client, args) => client.removePublication(required(integerOf(args, 'id'), 'id')),
  'ccbt-settings': (client) => client.settings(),
  'ccbt-setting-set': (client, args) =>
    client.changeSetting(required(textOf(args, 'key'), 'key'), textOf(args, 'text')),
  'ccbt-daemon': (_, __, control) => control.info(),
  'ccbt-reload': (_, __, control) => control.reload(),
  'ccbt-stop': (_, __, control) => control.stop(),
  'ccbt-alerts': (_, __, control) => control.alerts(),
  'ccbt-alert-test': (_, args, control) => control.testAlert(textOf(args, 'rule')),
  'ccbt-alert-silence': (_, args, control) =>
    control.silenceAlert(required(textOf(args, 'rule'), 'rule'), durationOf(args)),
  'ccbt-trace': (_, args, control) => {
    const [peer, infoHash] = [textOf(args, 'peer'), textOf(args, 'infoHash')]
    const wish = { ...(peer === undefined ? {} : { peer }), ...(infoHash === undefined ? {} : { infoHash }) }
    return control.trace(wish, durationOf(args))
  },
}

/** The scope that each method needs. */
export const FACE_SCOPES: Readonly<Record<string, Scope>> = Object.fromEntries(
  Object.keys(METHODS).map((name) => [name, NEEDED[name] ?? 'control']),
)

/** Who asks over the unix socket may more than who asks over the network, whatever his scope. */
export interface FaceClients {
  readonly owner: FaceClient
  readonly guest: FaceClient
}

/** `/ccbt/rpc` and `/ccbt/events`. */
export function facesRoute({ owner, guest }: FaceClients, control: Control): Route {
  return (request) => {
    const client = request.isOwner ? owner : guest
    if (request.path === '/ccbt/rpc') return call(client, control, request)
    if (request.path === '/ccbt/events') return Promise.resolve(events(client, request))
    return undefined
  }
}

async function call(
  client: FaceClient,
  control: Control,
  { method, headers, body, scope }: HttpRequest,
): Promise<HttpAnswer> {
  // A page of another origin can send this type only after asking, and is refused then.
  if (method !== 'POST' || !String(headers['content-type']).startsWith('application/json')) {
    return { status: 415, body: 'POST application/json\n' }
  }
  const message = parseArguments(body)
  const name = message['method']
  const { params = {} } = message
  const act = typeof name === 'string' && Object.hasOwn(METHODS, name) ? METHODS[name] : undefined
  if (typeof name !== 'string' || act === undefined || !isArguments(params)) {
    return json(400, { error: 'there is no such method' })
  }
  const needed = FACE_SCOPES[name] ?? 'admin'
  if (!permits(scope, needed)) return json(403, { error: scopeTooSmall(needed).message })
  try {
    return json(200, { result: (await act(client, params, control)) ?? null })
  } catch (error) {
    if (!isCcbtError(error) || error.blame === 'us') throw error
    return json(422, { error: error.message, code: error.code })
  }
}

function json(status: number, value: unknown): HttpAnswer {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(value) }
}

function events(client: FaceClient, { query, signal }: HttpRequest): HttpAnswer {
  const asked = Number(query.get('interval') ?? DEFAULT_INTERVAL_MS)
  const intervalMs = Math.min(Math.max(Number.isFinite(asked) ? asked : 0, MIN_INTERVAL_MS), MAX_INTERVAL_MS)
  return {
    status: 200,
    headers: { 'content-type': 'text/event-stream; charset=utf-8' },
    stream: (write) => {
      const onDelta = (delta: unknown): void => write(`event: state\ndata: ${JSON.stringify(delta)}\n\n`)
      const options = { intervalMs, onDelta, onConnection: () => {}, signal }
      if (wantsChanges(query.get('rows'))) client.watchChanges(options)
      else client.watch(options)
    },
  }
}

/** Who does not know of changes gets whole rows, and so does who asks for what only a newer daemon has. */
function wantsChanges(rows: string | null | undefined): boolean {
  return rows === 'changes'
}

function add(client: DaemonClient, args: Arguments): Promise<unknown> {
  const directory = textOf(args, 'directory')
  const isPaused = flagOf(args, 'isPaused')
  const labels = textsOf(args, 'labels')
  const select = integersOf(args, 'select')
  const isSequential = flagOf(args, 'isSequential')
  return client.add({
    source: sourceOf(args),
    ...(directory === undefined ? {} : { directory }),
    ...(isPaused === undefined ? {} : { isPaused }),
    ...(labels === undefined ? {} : { labels }),
    ...(select === undefined ? {} : { select }),
    ...(isSequential === undefined ? {} : { isSequential }),
  })
}

/** Milliseconds, a year at most. */
function durationOf(args: Arguments): number {
  const durationMs = required(integerOf(args, 'durationMs'), 'durationMs')
  if (durationMs < 0 || durationMs > MAX_DURATION_MS) throw invalidRequest('durationMs must be from 0 to a year')
  return durationMs
}

/** The bytes of a torrent file in base64 as `torrentFile`, or a link as `link`. */
function sourceOf(args: Arguments): Uint8Array | string {
  const file = textOf(args, 'torrentFile')
  return file === undefined ? required(textOf(args, 'link'), 'link') : Buffer.from(file, 'base64')
}
