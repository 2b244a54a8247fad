// Transmission's remote control over HTTP: the wire rules around the methods. The session id keeps pages of other origins
// out, which can send a request but not read the answer with the id.

import { randomBytes } from 'node:crypto'

import { isCcbtError } from '@ccbt/primitives'

import type { Engine } from '../engine/engine.ts'
import type { HttpAnswer, HttpRequest, Route } from '../http/route.ts'
import { isArguments, parseArguments } from '../http/arguments.ts'
import type { Arguments } from '../http/arguments.ts'
import { scopeTooSmall } from '../errors.ts'
import { permits } from '../security/scope.ts'
import type { Scope } from '../security/scope.ts'
import { METHODS } from './methods.ts'

const SESSION_HEADER = 'x-transmission-session-id'

/** The endpoint `/transmission/rpc`. */
export function transmissionRoute(engine: Engine): Route {
  const sessionId = randomBytes(24).toString('base64url')
  return (request) => {
    if (request.path !== '/transmission/rpc' && request.path !== '/transmission/rpc/') return undefined
    return answer(engine, sessionId, request)
  }
}

async function answer(engine: Engine, sessionId: string, request: HttpRequest): Promise<HttpAnswer> {
  if (request.headers[SESSION_HEADER] !== sessionId) {
    return { status: 409, headers: { 'X-Transmission-Session-Id': sessionId }, body: 'session id is missing or old\n' }
  }
  if (request.method !== 'POST') return { status: 405, headers: { allow: 'POST' }, body: 'use POST\n' }
  const message = parseArguments(request.body)
  const { tag } = message
  const outcome = await run(engine, message, request.scope)
  const body = JSON.stringify({ ...outcome, ...(tag === undefined ? {} : { tag }) })
  return { status: 200, headers: { 'content-type': 'application/json; charset=utf-8' }, body }
}

async function run(
  engine: Engine,
  message: Arguments,
  scope: Scope,
): Promise<{ result: string; arguments: Arguments }> {
  const name = message['method']
  const args = message['arguments'] ?? {}
  const method = typeof name === 'string' && Object.hasOwn(METHODS, name) ? METHODS[name] : undefined
  const needed = neededFor(String(name))
  if (!permits(scope, needed)) return { result: scopeTooSmall(needed).message, arguments: {} }
  if (method === undefined) return { result: 'method name not recognized', arguments: {} }
  if (!isArguments(args)) return { result: 'arguments must be an object', arguments: {} }
  try {
    return { result: 'success', arguments: await method(engine, args) }
  } catch (error) {
    if (!isCcbtError(error) || error.blame === 'us') throw error
    return { result: error.message, arguments: {} }
  }
}

const LOOKS_ONLY: ReadonlySet<string> = new Set([
  'session-get',
  'session-stats',
  'torrent-get',
  'free-space',
  'port-test',
  'group-get',
])
const OF_THE_SESSION: ReadonlySet<string> = new Set(['session-set', 'session-close', 'blocklist-update', 'group-set'])

function neededFor(method: string): Scope {
  if (LOOKS_ONLY.has(method)) return 'read'
  return OF_THE_SESSION.has(method) ? 'admin' : 'control'
}
