// Where jobs run: a worker thread, or (tests, tiny devices) the calling thread. A lane talks to either in the same way.

import nodeModule from 'node:module'
import { dirname } from 'node:path'
import { SHARE_ENV, Worker } from 'node:worker_threads'

import { execute } from './job.ts'
import type { JobContext, JobMessage, JobReply } from './job.ts'

/** What an endpoint tells its lane. */
export interface EndpointEvents {
  reply(reply: JobReply): void
  /** It is dead and answers nothing any more; called at most once. */
  died(reason: string): void
}

/** One place that runs jobs in the order in which they were posted. */
export interface Endpoint {
  post(message: JobMessage, transfer: ArrayBuffer[]): void
  /** Whether it keeps the process alive: only while it has jobs. */
  setBusy(busy: boolean): void
  close(): Promise<void>
}

/**
 * Heap limits of a worker. A job's data are ArrayBuffers outside the heap, so a small young generation only saves memory:
 * measured 2.4 MiB instead of 7 MiB of RSS for each worker.
 */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 2 }

/** A worker thread with this entry file. */
export function threadEndpoint(url: URL, data: unknown, events: EndpointEvents): Endpoint {
  const worker = new Worker(url, {
    workerData: data,
    resourceLimits: RESOURCE_LIMITS,
    env: workerEnvironment(),
    ...workerArguments(),
  })
  let reason: string | undefined
  let closing = false
  worker.on('message', (reply: JobReply) => events.reply(reply))
  worker.on('error', (error) => (reason = error instanceof Error ? error.message : String(error)))
  worker.on('exit', (exitCode) => {
    if (!closing) events.died(reason ?? `it exited with code ${exitCode}`)
  })
  worker.unref()
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    setBusy: (busy) => (busy ? worker.ref() : worker.unref()),
    close: async () => {
      closing = true
      await worker.terminate()
    },
  }
}

/**
 * A worker inherits the node options of the process, but under `--input-type` (`node --input-type=module -e …`) it would
 * refuse its entry file: then it gets only what resolves packages, because most other options are illegal when listed.
 */
function workerArguments(): { execArgv?: string[] } {
  if (!process.execArgv.some((argument) => argument.startsWith('--input-type'))) return {}
  return { execArgv: process.execArgv.filter((argument) => argument.startsWith('--conditions=')) }
}

/**
 * The environment of a worker. A compile cache that the process switched on by code reaches workers only through this
 * variable; with it two workers from TypeScript sources are ready after 45 ms instead of 110 ms and take 43 MiB less RSS,
 * because the type stripper need not be loaded.
 */
function workerEnvironment(): typeof SHARE_ENV | NodeJS.Dict<string> {
  const folder = nodeModule.getCompileCacheDir()
  if (folder === undefined) return SHARE_ENV
  // Node answers with the subfolder of its version, and adds that to what the variable names.
  return { ...process.env, NODE_COMPILE_CACHE: dirname(folder) }
}

/** Runs the handlers on this thread, with the same copies and moves of data as a thread would see. */
export function inlineEndpoint(
  handlers: ReadonlyMap<string, (payload: unknown, context: JobContext) => unknown>,
  events: EndpointEvents,
): Endpoint {
  let closed = false
  const run = async (message: JobMessage): Promise<void> => {
    await execute(handlers, message, (reply, transfer) => {
      if (!closed) events.reply(structuredClone(reply, { transfer }))
    })
  }
  let last = Promise.resolve()
  return {
    post: (message, transfer) => {
      const moved = structuredClone(message, { transfer })
      last = last.then(() => run(moved))
    },
    setBusy: () => undefined,
    close: async () => {
      closed = true
      await last
    },
  }
}
