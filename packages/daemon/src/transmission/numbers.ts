// Arguments of Transmission's methods that must be within bounds: numbers, which may be fractions where a client counts in
// them, and folders.

import { isAbsolute } from 'node:path'

import { invalidRequest } from '../errors.ts'
import { integerOf, textOf } from '../http/arguments.ts'
import type { Arguments } from '../http/arguments.ts'

/** A whole number that is not negative, when it is there. @throws DAEMON_REQUEST_INVALID */
export function countOf(args: Arguments, name: string): number | undefined {
  const value = integerOf(args, name)
  if (value === undefined || value >= 0) return value
  throw invalidRequest(`${name} must not be negative`)
}

/** A number that is not negative, when it is there. @throws DAEMON_REQUEST_INVALID */
export function amountOf(args: Arguments, name: string): number | undefined {
  const value = args[name]
  if (value === undefined) return undefined
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value
  throw invalidRequest(`${name} must be a number that is not negative`)
}

/** One of some numbers, when it is there. @throws DAEMON_REQUEST_INVALID */
export function choiceOf<T>(args: Arguments, name: string, choices: readonly T[]): T | undefined {
  const value = integerOf(args, name)
  if (value === undefined) return undefined
  const choice = choices[value]
  if (choice === undefined) throw invalidRequest(`${name} must be 0 to ${choices.length - 1}`)
  return choice
}

/** An absolute path, when it is there: ours is not the folder that a client is in. @throws DAEMON_REQUEST_INVALID */
export function folderOf(args: Arguments, name: string): string | undefined {
  const value = textOf(args, name)
  if (value === undefined || (isAbsolute(value) && !value.includes('\0'))) return value
  throw invalidRequest(`${name} must be an absolute path`)
}
