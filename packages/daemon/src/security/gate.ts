// Decides who comes in over the network: `Authorization: Bearer TOKEN`, `Basic anybody:PASSWORD`, or a token in the place of
// the password for clients that know nothing else. There is one owner, so the user name does not matter.

import type { AccessTable } from '../state/access-table.ts'
import { TOKEN_PREFIX } from '../state/access-table.ts'
import { Attempts } from './attempts.ts'
import { PasswordCheck } from './password.ts'
import type { Scope } from './scope.ts'

/** A decision. `wait`: too many wrong passwords from there, or too many at once; nothing was compared. */
export type GateVerdict =
  | { readonly kind: 'open'; readonly scope: Scope }
  | { readonly kind: 'closed' }
  | { readonly kind: 'wait'; readonly seconds: number }

/** Lets in who has the password or a token. */
export class Gate {
  readonly #access: AccessTable
  readonly #passwords = new PasswordCheck()
  readonly #attempts: Attempts

  constructor(access: AccessTable, attempts: Attempts = new Attempts()) {
    this.#access = access
    this.#attempts = attempts
  }

  /** Decides about the header `authorization` of a request from `address`. */
  async check(authorization: string | undefined, address: string): Promise<GateVerdict> {
    const secret = secretOf(authorization)
    // Clients ask without credentials first; that is no guess.
    return secret === undefined ? { kind: 'closed' } : await this.compare(secret, address)
  }

  /** Decides about a password or token that came in another way, such as a form. */
  async compare(secret: string, address: string): Promise<GateVerdict> {
    const waitMs = this.#attempts.waitMs(address)
    if (waitMs > 0) return { kind: 'wait', seconds: Math.ceil(waitMs / 1000) }
    const scope = await this.#scopeOf(secret)
    if (scope === 'busy') return { kind: 'wait', seconds: 1 }
    if (scope === undefined) {
      this.#attempts.failed(address)
      return { kind: 'closed' }
    }
    this.#attempts.succeeded(address)
    return { kind: 'open', scope }
  }

  async #scopeOf(secret: string): Promise<Scope | 'busy' | undefined> {
    if (secret.startsWith(TOKEN_PREFIX)) return this.#access.tokenScope(secret)
    const verdict = await this.#passwords.compare(secret, this.#access.passwordHash)
    if (verdict === 'busy') return 'busy'
    return verdict === 'right' ? 'admin' : undefined
  }
}

function secretOf(authorization: string | undefined): string | undefined {
  const match = /^(basic|bearer) +(\S+) *$/i.exec(authorization ?? '')
  const [, kind = '', value = ''] = match ?? []
  if (kind.toLowerCase() === 'bearer') return value
  if (match === null) return undefined
  const text = Buffer.from(value, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon < 0 ? undefined : text.slice(colon + 1)
}
