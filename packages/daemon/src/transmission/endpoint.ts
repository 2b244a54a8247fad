// Transmission's remote control over HTTP: the wire rules around the methods. The session id keeps pages of other origins
// out, which can send a request but not read the answer with the id. Clients send forms' content types, so that none is
// asked for.

import { randomBytes } from 'node:crypto'

import { isCcbtError } from '@ccbt/primitives'

import { scopeTooSmall } from '../errors.ts'
import { isArguments } from '../http/arguments.ts'
import type { Arguments } from '../http/arguments.ts'
import { isShallow } from '../http/json-depth.ts'
import type { HttpAnswer, HttpRequest, Route } from '../http/route.ts'
import { permits } from '../security/scope.ts'
import { answerJsonRpc, isJsonRpc } from './json-rpc.ts'
import type { RpcCaller } from './json-rpc.ts'
import type { MethodParts } from './method.ts'
import { METHODS } from './methods.ts'

const SESSION_HEADER = 'x-transmission-session-id'
/** The version that has JSON-RPC: its client speaks that when it finds this. */
const JSON_RPC_VERSION = '6.0.0'

/** The endpoint `/transmission/rpc`. */
export function transmissionRoute(parts: MethodParts): Route {
  const sessionId = randomBytes(24).toString('base64url')
  return (request) => {
    if (request.path !== '/transmission/rpc' && request.path !== '/transmission/rpc/') return undefined
    return answer(parts, sessionId, request)
  }
}

async function answer(parts: MethodParts, sessionId: string, request: HttpRequest): Promise<HttpAnswer> {
  if (request.headers[SESSION_HEADER] !== sessionId) {
    const headers = { 'X-Transmission-Session-Id': sessionId, 'X-Transmission-Rpc-Version': JSON_RPC_VERSION }
    return { status: 409, headers, body: 'session id is missing or old\n' }
  }
  if (request.method !== 'POST') return { status: 405, headers: { allow: 'POST' }, body: 'use POST\n' }
  const message = parsed(request.body)
  const { isOwner, signal, scope } = request
  const caller: RpcCaller = { call: { ...parts, sessionId, isOwner, signal }, scope }
  if (!isJsonRpc(message)) return json(await answerLegacy(caller, isArguments(message) ? message : {}))
  const outcome = await answerJsonRpc(caller, message)
  return outcome === undefined ? { status: 204 } : json(outcome)
}

function json(value: unknown): HttpAnswer {
  const headers = { 'content-type': 'application/json; charset=utf-8' }
  return { status: 200, headers, body: JSON.stringify(value) }
}

/** What is not JSON, or nested too deep, counts as nothing. */
function parsed(body: Buffer): unknown {
  if (!isShallow(body)) return undefined
  try {
    return JSON.parse(body.toString('utf8')) as unknown
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

async function answerLegacy(caller: RpcCaller, message: Arguments): Promise<Arguments> {
  const { tag } = message
  return { ...(await outcomeOf(caller, message)), ...(tag === undefined ? {} : { tag }) }
}

async function outcomeOf({ call, scope }: RpcCaller, message: Arguments): Promise<Arguments> {
  const name = message['method']
  const args = message['arguments'] ?? {}
  const method = typeof name === 'string' && Object.hasOwn(METHODS, name) ? METHODS[name] : undefined
  if (method === undefined) return failed('method name not recognized')
  if (!permits(scope, method.needs)) return failed(scopeTooSmall(method.needs).message)
  if (!isArguments(args)) return failed('arguments must be an object')
  try {
    return { result: 'success', arguments: await method.run(call, args) }
  } catch (error) {
    if (!isCcbtError(error) || error.blame === 'us') throw error
    return failed(error.message)
  }
}

function failed(result: string): Arguments {
  return { result, arguments: {} }
}
