// A fixed number of lanes behind one typed `run`. It owns the worker threads; jobs are pure data in and out.

import { inlineEndpoint, threadEndpoint } from './endpoint.ts'
import type { Endpoint, EndpointEvents } from './endpoint.ts'
import { jobAborted, poolClosed } from './errors.ts'
import { handlerMap } from './job.ts'
import type { JobHandlers, JobTable } from './job.ts'
import { Lane } from './lane.ts'
import type { Task } from './lane.ts'

/** A worker costs 30 ms and 10 MiB to start: while those that run have less to do than this, no other one is started. */
const STARTING_BACKLOG = 4

/** How a pool is made. */
export interface WorkerPoolOptions<Jobs extends JobTable<Jobs>> {
  /** Entry file of the workers: a `*.worker.ts` that calls `serveJobs`. */
  readonly url: URL
  /** How many workers there are at most; they start when there is work for them. */
  readonly size: number
  /** What each worker finds as `workerData` of node:worker_threads, also one that replaces a dead one. */
  readonly data?: unknown
  /** Runs the jobs on the calling thread with these handlers instead: for tests and very small devices. */
  readonly inline?: JobHandlers<Jobs>
  /** Hears of every job that ended: how long its caller waited, and whether it succeeded. Absent = nothing is measured. */
  readonly onJob?: (kind: keyof Jobs & string, durationMs: number, isDone: boolean) => void
}

/** Where and when a job runs. */
export interface RunOptions {
  /** Buffers that are moved, not copied; they are empty for the caller afterwards. */
  readonly transfer?: ArrayBuffer[]
  /** Jobs with the same number run in the same worker in the order of the calls. Default: the worker with the least to do; another one starts when all have a backlog. */
  readonly affinity?: number
  /** Background jobs run when no live job waits for the same worker. Default 'live'. */
  readonly priority?: 'live' | 'background'
  /** Rejects with ABORTED. A job that waits is removed; one that runs goes on and its result is dropped. */
  readonly signal?: AbortSignal
}

/** A pool of workers for the jobs of one table. */
export interface WorkerPool<Jobs extends JobTable<Jobs>> extends AsyncDisposable {
  readonly size: number
  /**
   * Runs one job. At most 34 jobs are with a worker; further calls wait in order, so a caller bounds its memory by awaiting.
   * Rejects with the CcbtError that the handler threw, WORKER_JOB_FAILED, WORKER_CRASHED, WORKER_POOL_CLOSED or ABORTED.
   * @example const digest = await pool.run('hash', { buffer }, { transfer: [buffer] })
   */
  run<K extends keyof Jobs & string>(
    kind: K,
    payload: Jobs[K]['payload'],
    options?: RunOptions,
  ): Promise<Jobs[K]['result']>
  /** Runs one job in each worker that has started, after what it has to do: to tell them all something. */
  runOnStarted<K extends keyof Jobs & string>(kind: K, payload: Jobs[K]['payload']): Promise<Jobs[K]['result'][]>
  /** Starts one worker now, so that the first job finds it ready. */
  warm(): void
}

/**
 * Makes a pool; no worker starts before the first job.
 * @example
 * await using pool = createWorkerPool<Jobs>({ url: new URL('./hash.worker.ts', import.meta.url), size: 2 })
 */
export function createWorkerPool<Jobs extends JobTable<Jobs>>(options: WorkerPoolOptions<Jobs>): WorkerPool<Jobs> {
  return new ThreadPool(options)
}

class ThreadPool<Jobs extends JobTable<Jobs>> implements WorkerPool<Jobs> {
  readonly #lanes: Lane[]
  readonly #onJob: WorkerPoolOptions<Jobs>['onJob']
  #isClosed = false

  constructor(options: WorkerPoolOptions<Jobs>) {
    const start = endpointStarter(options)
    this.#lanes = Array.from({ length: Math.max(1, options.size) }, () => new Lane(start))
    this.#onJob = options.onJob
  }

  get size(): number {
    return this.#lanes.length
  }

  warm(): void {
    this.#lanes[0]!.warm()
  }

  run<K extends keyof Jobs & string>(
    kind: K,
    payload: Jobs[K]['payload'],
    options: RunOptions = {},
  ): Promise<Jobs[K]['result']> {
    if (this.#isClosed) return Promise.reject(poolClosed(kind))
    if (options.signal?.aborted === true) return Promise.reject(jobAborted())
    return new Promise<Jobs[K]['result']>((resolve, reject) => {
      const isLive = options.priority !== 'background'
      const task: Task = { kind, payload, transfer: options.transfer ?? [], isLive, resolve, reject }
      if (this.#onJob !== undefined) measure(task, kind, this.#onJob)
      const lane = this.#laneFor(options.affinity)
      if (options.signal !== undefined) bindSignal(task, lane, options.signal)
      lane.add(task)
    })
  }

  runOnStarted<K extends keyof Jobs & string>(kind: K, payload: Jobs[K]['payload']): Promise<Jobs[K]['result'][]> {
    const started = this.#lanes.flatMap((lane, affinity) => (lane.isStarted ? [affinity] : []))
    return Promise.all(started.map((affinity) => this.run(kind, payload, { affinity })))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    await Promise.all(this.#lanes.map((lane) => lane.close()))
  }

  #laneFor(affinity: number | undefined): Lane {
    if (affinity !== undefined) return this.#lanes[affinity % this.#lanes.length]!
    const started = this.#lanes.filter((lane) => lane.isStarted && lane.load < STARTING_BACKLOG)
    if (started.length > 0) return leastLoaded(started)
    return this.#lanes.find((lane) => !lane.isStarted) ?? leastLoaded(this.#lanes)
  }
}

function leastLoaded(lanes: readonly Lane[]): Lane {
  return lanes.reduce((best, lane) => (lane.load < best.load ? lane : best))
}

function endpointStarter<Jobs extends JobTable<Jobs>>(
  options: WorkerPoolOptions<Jobs>,
): (events: EndpointEvents) => Endpoint {
  if (options.inline === undefined) return (events) => threadEndpoint(options.url, options.data, events)
  const handlers = handlerMap(options.inline)
  return (events) => inlineEndpoint(handlers, events)
}

/** Tells how long the task took when it ends. */
function measure<K extends string>(task: Task, kind: K, tell: (kind: K, ms: number, isDone: boolean) => void): void {
  const { resolve, reject } = task
  const startedAtMs = performance.now()
  task.resolve = (value) => {
    tell(kind, performance.now() - startedAtMs, true)
    resolve(value)
  }
  task.reject = (error) => {
    tell(kind, performance.now() - startedAtMs, false)
    reject(error)
  }
}

/** Lets the signal reject the task, and forgets the signal when the task is done. */
function bindSignal(task: Task, lane: Lane, signal: AbortSignal): void {
  const { resolve, reject } = task
  const onAbort = (): void => lane.abort(task)
  signal.addEventListener('abort', onAbort, { once: true })
  task.resolve = (value) => {
    signal.removeEventListener('abort', onAbort)
    resolve(value)
  }
  task.reject = (error) => {
    signal.removeEventListener('abort', onAbort)
    reject(error)
  }
}
