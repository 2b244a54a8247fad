// `ccbt daemon password` and `ccbt daemon token`: who may use remote control. They write to the daemon's state directly, so
// they work whether it runs or not, and only for whom the state belongs to.

import { readFile } from 'node:fs/promises'
import { AccessTable, generatePassword, hashPassword, isScope, openDatabase } from '@ccbt/daemon'
import { displayText } from '@ccbt/metainfo'
import { passwordText } from '../daemon/password.ts'
import { stateFolderOf } from '../daemon/address.ts'
import { inputError, usageError } from '../errors.ts'
import { EXIT_CODES } from '../exit-codes.ts'
import { jsonLine } from '../output/json-lines.ts'
import { processTerminal } from '../output/terminal.ts'

/** The parsed flags of `ccbt daemon password`. */
export interface PasswordFlags {
  readonly reset?: boolean
  readonly file?: string
  readonly stateDir?: string
  readonly json?: boolean
}

/** The parsed flags of `ccbt daemon token`. */
export interface TokenFlags {
  readonly scope?: string
  readonly stateDir?: string
  readonly json?: boolean
}

const MIN_PASSWORD_LENGTH = 8
const MAX_NAME_LENGTH = 100

/** Replaces the password; returns the exit status, as all of these do. */
export async function runDaemonPassword({ reset, file, stateDir, json }: PasswordFlags): Promise<number> {
  if (reset !== true && file === undefined) throw usageError('--reset', "say '--reset' to replace the password")
  const password = file === undefined ? generatePassword() : await passwordFrom(file)
  using access = await openAccess(stateDir)
  access.table.setPasswordHash(await hashPassword(password))
  if (file !== undefined) return print(json, { event: 'password' }, 'the password is replaced')
  return print(json, { event: 'password', password }, passwordText(password))
}

/** Makes a token. */
export async function runTokenCreate(name: string, { scope, stateDir, json }: TokenFlags): Promise<number> {
  if (name === '' || name.length > MAX_NAME_LENGTH) throw usageError('name', 'a name has 1 to 100 characters')
  if (!isScope(scope)) throw usageError('--scope', 'scopes are read, control and admin')
  using access = await openAccess(stateDir)
  const token = access.table.createToken(name, scope)
  return print(json, { event: 'token', name, scope, token }, `token with scope ${scope}, shown this once: ${token}`)
}

/** Lists the tokens. */
export async function runTokenList(_: string, { stateDir, json }: TokenFlags): Promise<number> {
  using access = await openAccess(stateDir)
  for (const { id, name, scope, createdAtMs } of access.table.tokens()) {
    const date = new Date(createdAtMs).toISOString().slice(0, 10)
    print(json, { event: 'token', id, name, scope, createdAtMs }, `${id}  ${scope.padEnd(7)}  ${date}  ${name}`)
  }
  return EXIT_CODES.ok.code
}

/** Takes a token back. */
export async function runTokenRevoke(token: string, { stateDir, json }: TokenFlags): Promise<number> {
  using access = await openAccess(stateDir)
  const count = access.table.revokeTokens(token)
  if (count === 0) throw inputError('CLI_TOKEN_UNKNOWN', `there is no token '${token}'`, { token })
  return print(json, { event: 'revoked', count }, `revoked: ${count}`)
}

async function openAccess(stateDir: string | undefined): Promise<Disposable & { readonly table: AccessTable }> {
  const database = openDatabase(await stateFolderOf(stateDir))
  return { table: new AccessTable(database), [Symbol.dispose]: () => database.close() }
}

async function passwordFrom(path: string): Promise<string> {
  const [first = ''] = (await readFile(path, 'utf8')).split(/\r?\n/)
  if (first.length >= MIN_PASSWORD_LENGTH) return first
  throw usageError('--file', `a password has at least ${MIN_PASSWORD_LENGTH} characters`)
}

function print(json: boolean | undefined, facts: Parameters<typeof jsonLine>[0], text: string): number {
  processTerminal().line(json === true ? jsonLine(facts) : displayText(text))
  return EXIT_CODES.ok.code
}
