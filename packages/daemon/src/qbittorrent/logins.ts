// Who has logged in: a cookie stands for the password or token it was given for. That is compared again with each request, so
// that a new password or a revoked token ends what was begun with the old one.

import { randomBytes } from 'node:crypto'

import type { Gate, GateVerdict } from '../security/gate.ts'

/** Logins at a time; beyond it the one that was used the longest ago ends. */
const MAX_LOGINS = 1000
const IDLE_MS = 3_600_000

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

  /** What the owner of a cookie may do. */
  async check(sid: string, address: string): Promise<GateVerdict> {
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
