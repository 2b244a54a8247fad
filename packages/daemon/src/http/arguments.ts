// The arguments of a request, read with suspicion: JSON of strangers, every value of any type.

import { invalidRequest } from '../errors.ts'
import { isShallow } from './json-depth.ts'

/** Items of a list; ten thousand torrents have fewer files that one would name. */
const MAX_ITEMS = 100_000

/** Arguments of one request by name. */
export type Arguments = Readonly<Record<string, unknown>>

/** A text, when it is there. @throws DAEMON_REQUEST_INVALID */
export function textOf(args: Arguments, name: string): string | undefined {
  const value = args[name]
  if (value === undefined || typeof value === 'string') return value
  throw invalidRequest(`${name} must be a string`)
}

/** A truth value, when it is there; 0 and 1 count. @throws DAEMON_REQUEST_INVALID */
export function flagOf(args: Arguments, name: string): boolean | undefined {
  const value = args[name]
  if (value === undefined || typeof value === 'boolean') return value
  if (value === 0 || value === 1) return value === 1
  throw invalidRequest(`${name} must be true or false`)
}

/** Texts, when they are there. @throws DAEMON_REQUEST_INVALID */
export function textsOf(args: Arguments, name: string): string[] | undefined {
  const value = args[name]
  if (value === undefined) return undefined
  if (isList(value) && value.every((item) => typeof item === 'string')) return value
  throw invalidRequest(`${name} must be a list of strings`)
}

/** Whole numbers, when they are there. @throws DAEMON_REQUEST_INVALID */
export function integersOf(args: Arguments, name: string): number[] | undefined {
  const value = args[name]
  if (value === undefined) return undefined
  if (isList(value) && value.every(isWhole)) return value
  throw invalidRequest(`${name} must be a list of whole numbers`)
}

function isList(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.length <= MAX_ITEMS
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value)
}

/** A whole number, when it is there. @throws DAEMON_REQUEST_INVALID */
export function integerOf(args: Arguments, name: string): number | undefined {
  const value = args[name]
  if (value === undefined) return undefined
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  throw invalidRequest(`${name} must be a whole number`)
}

/** What is there, or a refusal that names it. @throws DAEMON_REQUEST_INVALID */
export function required<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw invalidRequest(`${name} is missing`)
  return value
}

/** Whether JSON is an object with names. */
export function isArguments(value: unknown): value is Arguments {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A JSON object; whatever else comes, or is nested too deep, counts as an empty one. */
export function parseArguments(body: Buffer): Arguments {
  if (!isShallow(body)) return {}
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    return isArguments(value) ? value : {}
  } catch (error) {
    if (error instanceof SyntaxError) return {}
    throw error
  }
}
