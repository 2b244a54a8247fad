// JSON-RPC 2.0 as Transmission speaks it since version 18: named parameters only, lists of requests, requests without an
// id that get no answer.

import { isCcbtError } from '@ccbt/primitives'

import { scopeTooSmall } from '../errors.ts'
import { isArguments } from '../http/arguments.ts'
import type { Arguments } from '../http/arguments.ts'
import { permits } from '../security/scope.ts'
import type { Scope } from '../security/scope.ts'
import { methodOf, toLegacy, toSnake } from './dialect.ts'
import type { Call } from './method.ts'
import { METHODS } from './methods.ts'

/** Requests of one list. */
const MAX_BATCH = 100

/** Codes of JSON-RPC, and the one that Transmission has for what the system refuses. */
const CODE = { request: -32_600, method: -32_601, params: -32_602, system: 5 } as const

/** Who asks, and with what. */
export interface RpcCaller {
  readonly call: Call
  readonly scope: Scope
}

/** Whether a message is in this version: one request, or a list of them. */
export function isJsonRpc(message: unknown): boolean {
  const [first] = Array.isArray(message) ? (message as readonly unknown[]) : [message]
  return Array.isArray(message) || (isArguments(first) && first['jsonrpc'] === '2.0')
}

/** The answer to a message; undefined when nobody waits for one. */
export async function answerJsonRpc(caller: RpcCaller, message: unknown): Promise<unknown> {
  if (!Array.isArray(message)) return answerOne(caller, message)
  const requests: readonly unknown[] = message
  if (requests.length === 0 || requests.length > MAX_BATCH) {
    return failure(null, CODE.request, `a list has 1 to ${MAX_BATCH} requests`)
  }
  const answers: unknown[] = []
  for (const request of requests) {
    const answer = await answerOne(caller, request)
    if (answer !== undefined) answers.push(answer)
  }
  return answers.length === 0 ? undefined : answers
}

async function answerOne({ call, scope }: RpcCaller, request: unknown): Promise<Arguments | undefined> {
  if (!isArguments(request) || request['jsonrpc'] !== '2.0' || typeof request['method'] !== 'string') {
    return failure(null, CODE.request, 'this is no request of JSON-RPC 2.0')
  }
  const { id, params = {} } = request
  if (id !== undefined && !isId(id)) return failure(null, CODE.request, 'an id is a text, a number or null')
  const answer = await outcomeOf({ call, scope }, request['method'], params)
  return id === undefined ? undefined : { jsonrpc: '2.0', id, ...answer }
}

async function outcomeOf({ call, scope }: RpcCaller, name: string, params: unknown): Promise<Arguments> {
  const known = methodOf(name)
  const method = known === undefined ? undefined : METHODS[known]
  if (known === undefined || method === undefined) return error(CODE.method, 'there is no such method')
  if (!isArguments(params)) return error(CODE.params, 'parameters must have names')
  if (!permits(scope, method.needs)) return error(CODE.request, scopeTooSmall(method.needs).message)
  try {
    return { result: toSnake(known, await method.run(call, toLegacy(known, params))) }
  } catch (cause) {
    if (!isCcbtError(cause) || cause.blame === 'us') throw cause
    return error(cause.blame === 'input' ? CODE.params : CODE.system, cause.message)
  }
}

function isId(value: unknown): boolean {
  return value === null || typeof value === 'string' || typeof value === 'number'
}

function error(code: number, message: string): Arguments {
  return { error: { code, message, data: { error_string: message } } }
}

/** The answer to what has no id. */
function failure(id: null, code: number, message: string): Arguments {
  return { jsonrpc: '2.0', id, ...error(code, message) }
}
