// Who may use remote control: the hash of the password, and tokens. Read anew for every decision, so that what `ccbt daemon
// password` and `ccbt daemon token` change from another process counts at once.

import { createHash, randomBytes } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'

import type { Scope } from '../security/scope.ts'
import { isScope } from '../security/scope.ts'

/** What a token begins with, so that it is recognized where passwords are expected, and in files it should not be in. */
export const TOKEN_PREFIX = 'ccbt_'

/** A token as it is listed: the secret itself is known only to whom it was given. */
export interface TokenRow {
  readonly id: number
  readonly name: string
  readonly scope: Scope
  readonly createdAtMs: number
}

const PASSWORD = 'password'

/** Reads and writes rows. */
export class AccessTable {
  readonly #database: DatabaseSync

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  /** The hash of the password; undefined before one was made. */
  get passwordHash(): string | undefined {
    const row = this.#database.prepare('SELECT value FROM settings WHERE name = ?').get(PASSWORD)
    return row === undefined ? undefined : String(row['value'])
  }

  setPasswordHash(hash: string): void {
    this.#database
      .prepare('INSERT INTO settings VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value')
      .run(PASSWORD, hash)
  }

  /** Makes a token and returns its secret, which is kept nowhere. */
  createToken(name: string, scope: Scope): string {
    const secret = `${TOKEN_PREFIX}${randomBytes(24).toString('base64url')}`
    this.#database
      .prepare('INSERT INTO tokens (name, scope, hash, created_at_ms) VALUES (?, ?, ?, ?)')
      .run(name, scope, digest(secret), Date.now())
    return secret
  }

  tokens(): TokenRow[] {
    const rows = this.#database.prepare('SELECT id, name, scope, created_at_ms FROM tokens ORDER BY id').all()
    return rows.map((row) => ({
      id: Number(row['id']),
      name: String(row['name']),
      scope: scopeOf(row['scope']),
      createdAtMs: Number(row['created_at_ms']),
    }))
  }

  /** What the token allows; undefined when there is no such token. */
  tokenScope(secret: string): Scope | undefined {
    // It is found by its hash: how long that takes says nothing about the secret.
    const row = this.#database.prepare('SELECT scope FROM tokens WHERE hash = ?').get(digest(secret))
    return row === undefined ? undefined : scopeOf(row['scope'])
  }

  /** Takes away the tokens with this number or name; returns how many there were. */
  revokeTokens(idOrName: string): number {
    const { changes } = this.#database
      .prepare('DELETE FROM tokens WHERE name = ? OR CAST(id AS TEXT) = ?')
      .run(idOrName, idOrName)
    return Number(changes)
  }
}

/** Tokens have 192 random bits: no guessing that a slow hash would slow down. */
function digest(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

/** A scope of a newer ccbt allows what everybody with a token may. */
function scopeOf(value: unknown): Scope {
  return isScope(value) ? value : 'read'
}
