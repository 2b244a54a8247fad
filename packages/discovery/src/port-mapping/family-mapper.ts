// The mappings of one address family. One loop serves one of them at a time (gateways are small machines, RFC 6886, 3
// wants requests one after the other): it waits until the first is due, asks for it, and notes when it is due again.

import type { IpFamily } from '@ccbt/address'
import type { Clock, Random } from '@ccbt/primitives'

import { GatewayEpoch } from './gateway-epoch.ts'
import { Lease } from './lease.ts'
import { NONCE_BYTES } from './mapping.ts'
import type { MappedProtocol, Mapping, MappingMethod, MappingOutcome, MappingStatus } from './mapping.ts'

/** Mappings in one family. A client needs two or three. */
export const MAX_MAPPINGS = 16

/** Why nothing is mapped where there is no method at all, which is no failure. */
const NOBODY = 'no gateway to ask'

/** Settings of a {@link FamilyMapper}. */
export interface FamilyMapperOptions {
  readonly family: IpFamily
  readonly clock: Clock
  readonly random: Random
  /** Whom to ask, in this order; looked up again whenever a mapping is missing. */
  readonly methods: () => Promise<readonly MappingMethod[]>
  readonly onMapped: (mapping: Mapping) => void
  /** Not told twice in a row with the same reason. */
  readonly onFailed: (reason: string) => void
}

/** Gets mappings, keeps them alive and removes them. */
export class FamilyMapper {
  readonly #options: FamilyMapperOptions
  readonly #leases = new Map<string, Lease>()
  readonly #epoch = new GatewayEpoch()
  /** The last that mapped: the first to be asked. */
  #preferred: MappingMethod | undefined
  #lastReason: string | undefined
  #running: Promise<void> | undefined
  #wake: () => void = () => {}
  readonly #stop = new AbortController()

  constructor(options: FamilyMapperOptions) {
    this.#options = options
  }

  /** False when there are too many already. */
  map(protocol: MappedProtocol, internalPort: number): boolean {
    const key = keyOf(protocol, internalPort)
    const existing = this.#leases.get(key)
    if (existing !== undefined) {
      existing.isWanted = true
      return true
    }
    if (this.#leases.size >= MAX_MAPPINGS) return false
    const nonce = new Uint8Array(Uint32Array.from({ length: NONCE_BYTES / 4 }, () => this.#options.random.u32()).buffer)
    this.#leases.set(key, new Lease({ protocol, internalPort, nonce }, this.#now()))
    this.#wake()
    this.#running ??= this.#run()
    return true
  }

  unmap(protocol: MappedProtocol, internalPort: number): void {
    const lease = this.#leases.get(keyOf(protocol, internalPort))
    if (lease === undefined) return
    lease.isWanted = false
    this.#wake()
  }

  status(): MappingStatus[] {
    return [...this.#leases.values()]
      .filter((lease) => lease.isWanted)
      .map((lease) => lease.status(this.#options.family))
  }

  /** Ends the loop and removes what gateways hold, as long as `signal` allows. */
  async stop(signal: AbortSignal): Promise<void> {
    this.#stop.abort()
    this.#wake()
    await this.#running
    const held = [...this.#leases.values()]
    this.#leases.clear()
    await Promise.all(held.map(async (lease) => await lease.held?.method.unmap(lease.request, signal)))
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const [next] = [...this.#leases.values()].toSorted((a, b) => a.dueAtMs - b.dueAtMs)
      if (next === undefined || next.dueAtMs > this.#now()) await this.#waitUntil(next?.dueAtMs)
      else if (next.isWanted) await this.#ask(next)
      else await this.#remove(next)
    }
  }

  async #waitUntil(dueAtMs: number | undefined): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    const cancel = dueAtMs === undefined ? undefined : this.#options.clock.after(dueAtMs - this.#now(), resolve)
    await promise
    cancel?.()
  }

  async #remove(lease: Lease): Promise<void> {
    // First of all: when it is wanted again meanwhile, that is a new one, asked for after this.
    this.#leases.delete(keyOf(lease.wish.protocol, lease.wish.internalPort))
    await lease.held?.method.unmap(lease.request, this.#stop.signal)
  }

  async #ask(lease: Lease): Promise<void> {
    const holder = lease.held?.method
    const outcome = holder === undefined ? await this.#search(lease) : await this.#askAt(holder, lease)
    if (this.#stop.signal.aborted || outcome.kind === 'granted') return
    if (outcome.kind === 'silent' && lease.holdOn(this.#now())) return
    this.#fail(lease, outcome)
  }

  /** Asks one after the other until one grants. */
  async #search(lease: Lease): Promise<MappingOutcome> {
    const fresh = await this.#options.methods()
    const preferred = this.#preferred
    const rest = fresh.filter(({ name }) => name !== preferred?.name)
    const reasons: string[] = []
    let kind: 'silent' | 'refused' = 'silent'
    for (const method of preferred === undefined ? rest : [preferred, ...rest]) {
      const outcome = await this.#askAt(method, lease)
      if (outcome.kind === 'granted' || this.#stop.signal.aborted) return outcome
      if (outcome.kind === 'refused') kind = 'refused'
      reasons.push(outcome.reason)
    }
    this.#preferred = undefined
    return { kind, reason: reasons.length === 0 ? NOBODY : reasons.join('; ') }
  }

  async #askAt(method: MappingMethod, lease: Lease): Promise<MappingOutcome> {
    lease.asked(this.#now())
    const outcome = await method.map(lease.request, this.#stop.signal)
    if (outcome.kind !== 'granted') return { ...outcome, reason: `${method.name}: ${outcome.reason}` }
    const { grant } = outcome
    const isNew = lease.granted(grant, method, this.#now())
    this.#preferred = method
    this.#lastReason = undefined
    if (this.#stop.signal.aborted) return outcome
    if (isNew && lease.held !== undefined) this.#options.onMapped(lease.held.mapping)
    if (grant.epochS !== undefined && this.#epoch.isReset(method.name, grant.epochS, this.#now()))
      this.#loseOthers(lease, method)
    return outcome
  }

  /** The gateway forgot what it held for the others too. */
  #loseOthers(known: Lease, { name }: MappingMethod): void {
    for (const lease of this.#leases.values())
      if (lease !== known && lease.held?.method.name === name) lease.lost(this.#now())
  }

  #fail(lease: Lease, { kind, reason }: { kind: 'silent' | 'refused'; reason: string }): void {
    // Where nobody answers for one there is no use in asking for the others.
    const missing = [...this.#leases.values()].filter(({ held, isWanted }) => isWanted && held === undefined)
    for (const each of new Set(kind === 'silent' ? [lease, ...missing] : [lease])) each.failed(reason, this.#now())
    if (reason !== this.#lastReason && reason !== NOBODY) this.#options.onFailed(reason)
    this.#lastReason = reason
  }

  #now(): number {
    return this.#options.clock.now()
  }
}

function keyOf(protocol: MappedProtocol, port: number): string {
  return `${protocol} ${port}`
}
