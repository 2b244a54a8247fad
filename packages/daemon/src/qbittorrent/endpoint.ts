// qBittorrent's Web API below `/api/v2/`: the wire rules around the methods. What only reads is asked with GET and POST, since
// clients do both; what changes something with POST alone, so that no link does it. That a page of another origin asks is
// refused before. Clients log in with a form and bring a cookie then; they come with `Authorization` as well, and over the
// unix socket with nothing.

import { isCcbtError } from '@ccbt/primitives'

import { scopeTooSmall } from '../errors.ts'
import { textOf } from '../http/arguments.ts'
import type { HttpAnswer, HttpRequest, Route } from '../http/route.ts'
import { newSid, setCookie, sidOf } from '../security/logins.ts'
import type { Logins } from '../security/logins.ts'
import { permits } from '../security/scope.ts'
import type { SettingTable } from '../state/setting-table.ts'
import { formOf } from './form.ts'
import { LabelBook } from './label-book.ts'
import { MainData } from './main-data.ts'
import { text } from './method.ts'
import type { ApiParts, Method } from './method.ts'
import { METHODS } from './methods.ts'

const ROOT = '/api/v2/'
const NOT_BY_GET: HttpAnswer = { status: 405, headers: { allow: 'POST' } }

/** What the endpoint works with. */
export interface QbittorrentParts extends ApiParts {
  readonly logins: Logins
  readonly settings: SettingTable
}

type Parts = ApiParts & { readonly labels: LabelBook; readonly mainData: MainData }

/** The endpoints below `/api/v2/`. */
export function qbittorrentRoute({ logins, settings, ...parts }: QbittorrentParts): Route {
  const own: Parts = { ...parts, labels: new LabelBook(parts.engine, settings), mainData: new MainData() }
  return (request) => {
    if (!request.path.startsWith(ROOT)) return undefined
    return answer(own, logins, request).catch(refusalOf)
  }
}

async function answer(parts: Parts, logins: Logins, request: HttpRequest): Promise<HttpAnswer> {
  const name = request.path.slice(ROOT.length)
  const { headers, method, scope } = request
  if (method !== 'GET' && method !== 'POST') return { status: 405, headers: { allow: 'GET, POST' } }
  if (method === 'GET' && name.startsWith('auth/')) return NOT_BY_GET
  if (name === 'auth/login') return login(logins, request)
  if (scope === 'none') return text('Forbidden', 403)
  if (name === 'auth/logout') {
    logins.logout(sidOf(headers['cookie']) ?? '')
    return { status: 200, headers: setCookie('') }
  }
  const known = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined
  if (known === undefined) return text('Not Found', 404)
  return perform(parts, known, request)
}

async function perform(parts: Parts, known: Method, request: HttpRequest): Promise<HttpAnswer> {
  const { method, scope, isOwner, signal } = request
  const { needs } = known
  if (method === 'GET' && needs !== 'read') return NOT_BY_GET
  if (!permits(scope, needs)) return text(scopeTooSmall(needs).message, 403)
  try {
    return (await known.run({ ...parts, ...formOf(request), isOwner, signal })) ?? { status: 200 }
  } finally {
    if (needs !== 'read') parts.book.expire()
  }
}

/** What a client may know: its own mistakes, and those of disks and servers. */
function refusalOf(error: unknown): HttpAnswer {
  if (!isCcbtError(error) || error.blame === 'us') throw error
  return text(error.message, error.code === 'DAEMON_REQUEST_INVALID' ? 400 : 409)
}

/** The user name does not matter; whoever is let in already gets a cookie all the same, which clients look for. */
async function login(logins: Logins, request: HttpRequest): Promise<HttpAnswer> {
  if (request.scope !== 'none') return loggedIn(newSid())
  const password = textOf(formOf(request).fields, 'password') ?? ''
  const outcome = await logins.login(password, request.address)
  if (typeof outcome === 'string') return loggedIn(outcome)
  return outcome.kind === 'wait' ? text('too many attempts: wait', 403) : text('Fails.')
}

function loggedIn(sid: string): HttpAnswer {
  return { status: 200, headers: setCookie(sid), body: 'Ok.' }
}
