// Who a request is from. Whoever has logged in brings a cookie, which stands for the password or token it was given for: that is
// compared again with each request, so that a new password or a revoked token ends what was begun with the old one.

import { randomBytes } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

import type { Gate, GateVerdict } from './gate.ts'

/** Logins at a time; beyond it the one that was used the longest ago ends. */
const MAX_LOGINS = 1000
const IDLE_MS = 3_600_000
const COOKIE = 'SID'

interface Login {
  readonly secret: string
  usedAtMs: number
}

/** The logins of a daemon. `now` is a clock that only runs forward. */
export class Logins {
  readonly #gate: Gate
  readonly #now: () => number
  /** By their cookie, the one that was used the longest ago first. */
  readonly #logins = new Map<string, Login>()

  constructor(gate: Gate, now: () => number = () => performance.now()) {
    this.#gate = gate
    this.#now = now
  }

  /** Compares a password or token and, when it is right, returns the value of the cookie. */
  async login(secret: string, address: string): Promise<string | Exclude<GateVerdict, { kind: 'open' }>> {
    const verdict = await this.#gate.compare(secret, address)
    if (verdict.kind !== 'open') return verdict
    const sid = newSid()
    this.#logins.set(sid, { secret, usedAtMs: this.#now() })
    const [oldest] = this.#logins.keys()
    if (this.#logins.size > MAX_LOGINS && oldest !== undefined) this.#logins.delete(oldest)
    return sid
  }

  /** Decides about a request by what it brings: credentials, else a cookie. */
  identify({ authorization, cookie }: IncomingHttpHeaders, address: string): Promise<GateVerdict> {
    const sid = authorization === undefined ? sidOf(cookie) : undefined
    return sid === undefined ? this.#gate.check(authorization, address) : this.#check(sid, address)
  }

  async #check(sid: string, address: string): Promise<GateVerdict> {
    const login = this.#logins.get(sid)
    this.#logins.delete(sid)
    if (login === undefined || this.#now() - login.usedAtMs > IDLE_MS) return { kind: 'closed' }
    // Back at the end before anything is waited for: requests come at the same time.
    login.usedAtMs = this.#now()
    this.#logins.set(sid, login)
    const verdict = await this.#gate.compare(login.secret, address)
    if (verdict.kind === 'closed') this.#logins.delete(sid)
    return verdict
  }

  logout(sid: string): void {
    this.#logins.delete(sid)
  }
}

/** A value for a cookie that nobody guesses. */
export function newSid(): string {
  return randomBytes(24).toString('base64url')
}

/** The header that gives a cookie to a client: no page reads it, and no page of another site sends it along. */
export function setCookie(sid: string): { readonly 'set-cookie': string } {
  return { 'set-cookie': `${COOKIE}=${sid}; HttpOnly; SameSite=Lax; path=/${sid === '' ? '; Max-Age=0' : ''}` }
}

/** The value in the header `cookie` of a request; undefined = it has none of ours. */
export function sidOf(header: string | string[] | undefined): string | undefined {
  return new RegExp(`(?:^|;\\s*)${COOKIE}=([\\w-]{1,64})`).exec(String(header ?? ''))?.[1]
}
