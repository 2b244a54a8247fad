// qBittorrent's Web API below `/api/v2/`: the wire rules around the methods. Every method can be asked with GET and POST, since
// clients post to what only reads; that a page of another origin asks is refused before. Clients log in with a form and bring
// a cookie then; they come with `Authorization` as well, and over the unix socket with nothing.

import { isCcbtError } from '@ccbt/primitives'

import { scopeTooSmall } from '../errors.ts'
import { textOf } from '../http/arguments.ts'
import type { HttpAnswer, HttpRequest, Route } from '../http/route.ts'
import type { Gate } from '../security/gate.ts'
import { permits } from '../security/scope.ts'
import type { Scope } from '../security/scope.ts'
import type { SettingTable } from '../state/setting-table.ts'
import { formOf } from './form.ts'
import { LabelBook } from './label-book.ts'
import { Logins, newSid } from './logins.ts'
import { MainData } from './main-data.ts'
import { text } from './method.ts'
import type { ApiParts } from './method.ts'
import { METHODS } from './methods.ts'

const ROOT = '/api/v2/'
const COOKIE = 'SID'

/** What the endpoint works with. */
export interface QbittorrentParts extends ApiParts {
  readonly gate: Gate
  readonly settings: SettingTable
}

type Parts = ApiParts & { readonly labels: LabelBook; readonly mainData: MainData }

/** The endpoints below `/api/v2/`. */
export function qbittorrentRoute({ gate, settings, ...parts }: QbittorrentParts): Route {
  const logins = new Logins(gate)
  const own: Parts = { ...parts, labels: new LabelBook(parts.engine, settings), mainData: new MainData() }
  return (request) => {
    if (!request.path.startsWith(ROOT)) return undefined
    return answer(own, logins, request).catch(refusalOf)
  }
}

async function answer(parts: Parts, logins: Logins, request: HttpRequest): Promise<HttpAnswer> {
  const name = request.path.slice(ROOT.length)
  const { headers, method } = request
  if (method !== 'GET' && method !== 'POST') return { status: 405, headers: { allow: 'GET, POST' } }
  const sid = sidOf(headers['cookie'])
  if (name === 'auth/login') return login(logins, request)
  const scope = request.scope === 'none' ? await scopeOfCookie(logins, sid, request.address) : request.scope
  if (scope === 'none') return text('Forbidden', 403)
  if (name === 'auth/logout') {
    logins.logout(sid)
    return { status: 200, headers: { 'set-cookie': cookie('', '; Max-Age=0') } }
  }
  const known = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined
  if (known === undefined) return text('Not Found', 404)
  if (!permits(scope, known.needs)) return text(scopeTooSmall(known.needs).message, 403)
  const { isOwner, signal } = request
  return (await known.run({ ...parts, ...formOf(request), isOwner, signal })) ?? { status: 200 }
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
  return { status: 200, headers: { 'set-cookie': cookie(sid) }, body: 'Ok.' }
}

/** No page reads it, and no page of another site sends it along. */
function cookie(sid: string, more = ''): string {
  return `${COOKIE}=${sid}; HttpOnly; SameSite=Lax; path=/${more}`
}

function sidOf(header: string | string[] | undefined): string {
  return new RegExp(`(?:^|;\\s*)${COOKIE}=([\\w-]{1,64})`).exec(String(header ?? ''))?.[1] ?? ''
}

async function scopeOfCookie(logins: Logins, sid: string, address: string): Promise<Scope> {
  if (sid === '') return 'none'
  const verdict = await logins.check(sid, address)
  return verdict.kind === 'open' ? verdict.scope : 'none'
}
