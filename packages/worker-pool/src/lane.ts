// One worker and its queue. Jobs of a lane are posted in the order in which they came, live ones before background ones.
// At most POSTED_LIVE jobs are with the worker; the rest wait here, where an abort can still remove them and a crash does
// not touch them. A dead worker is replaced when there is work for it, so a worker that cannot start never spins.

import { workerCrashed, fromPlainError, jobAborted, poolClosed } from './errors.ts'
import type { Endpoint, EndpointEvents } from './endpoint.ts'
import type { JobReply } from './job.ts'

/** Live jobs with the worker at once: at 0.7 ms for 1 MiB a worker stays busy while the main thread is away for 20 ms. */
const POSTED_LIVE = 32
/** Background jobs with the worker at once: one that runs, one that is next; more would delay live jobs. */
const POSTED_BACKGROUND = 2

/** A job and the promise of its caller. */
export interface Task {
  readonly kind: string
  readonly payload: unknown
  readonly transfer: ArrayBuffer[]
  readonly isLive: boolean
  resolve: (value: unknown) => void
  reject: (error: Error) => void
}

export class Lane {
  readonly #start: (events: EndpointEvents) => Endpoint
  #endpoint: Endpoint | undefined
  #live: Task[] = []
  #background: Task[] = []
  readonly #posted = new Map<number, Task>()
  #postedBackground = 0
  #nextId = 0

  constructor(start: (events: EndpointEvents) => Endpoint) {
    this.#start = start
  }

  /** Jobs that are waiting or running. */
  get load(): number {
    return this.#posted.size + this.#live.length + this.#background.length
  }

  /** Whether there is a worker, busy or not. */
  get isStarted(): boolean {
    return this.#endpoint !== undefined
  }

  /** Starts the worker before there is a job for it. */
  warm(): Endpoint {
    if (this.#endpoint !== undefined) return this.#endpoint
    const endpoint: Endpoint = this.#start({
      reply: (reply) => this.#reply(reply),
      died: (reason) => this.#died(endpoint, reason),
    })
    this.#endpoint = endpoint
    return endpoint
  }

  add(task: Task): void {
    if (task.isLive) this.#live.push(task)
    else this.#background.push(task)
    this.#pump()
  }

  /** Gives up a job: one that is still queued never runs; the result of one that runs is dropped. */
  abort(task: Task): void {
    this.#live = this.#live.filter((other) => other !== task)
    this.#background = this.#background.filter((other) => other !== task)
    task.reject(jobAborted())
  }

  /** Stops the worker; every job that is not done is rejected. */
  async close(): Promise<void> {
    const open = [...this.#posted.values(), ...this.#live, ...this.#background]
    this.#posted.clear()
    this.#live = []
    this.#background = []
    for (const task of open) task.reject(poolClosed(task.kind))
    await this.#endpoint?.close()
  }

  #pump(): void {
    for (;;) {
      const task = this.#next()
      if (task === undefined) return
      this.#post(task)
    }
  }

  #next(): Task | undefined {
    if (this.#posted.size >= POSTED_LIVE) return undefined
    return this.#live.shift() ?? (this.#postedBackground < POSTED_BACKGROUND ? this.#background.shift() : undefined)
  }

  #post(task: Task): void {
    const endpoint = this.warm()
    const id = this.#nextId++
    try {
      endpoint.post({ id, kind: task.kind, payload: task.payload }, task.transfer)
    } catch (error) {
      // The payload cannot be cloned: the caller's mistake, and nothing was sent.
      task.reject(error instanceof Error ? error : new Error(String(error)))
      return
    }
    if (this.#posted.size === 0) endpoint.setBusy(true)
    this.#posted.set(id, task)
    if (!task.isLive) this.#postedBackground++
  }

  #reply(reply: JobReply): void {
    const task = this.#posted.get(reply.id)
    if (task === undefined) return
    this.#posted.delete(reply.id)
    if (!task.isLive) this.#postedBackground--
    if (reply.ok) task.resolve(reply.value)
    else task.reject(fromPlainError(task.kind, reply.error))
    this.#pump()
    if (this.#posted.size === 0) this.#endpoint?.setBusy(false)
  }

  #died(endpoint: Endpoint, reason: string): void {
    if (this.#endpoint !== endpoint) return
    this.#endpoint = undefined
    const lost = [...this.#posted.values()]
    this.#posted.clear()
    this.#postedBackground = 0
    for (const task of lost) task.reject(workerCrashed(task.kind, reason))
    this.#pump()
  }
}
