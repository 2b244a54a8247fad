// The types of jobs and of the messages that carry them between the pool and a worker. Types and two tiny functions only:
// this file is part of every worker's import graph, which must stay small (start-up time).

/** What one kind of job takes and gives; both must survive `structuredClone`. */
export interface Job<Payload, Result> {
  readonly payload: Payload
  readonly result: Result
}

/** A table of job kinds. Written as `Jobs extends JobTable<Jobs>`, so that an interface without index signature fits. */
export type JobTable<Jobs> = { readonly [K in keyof Jobs]: Job<unknown, unknown> }

/** What a handler may ask for while it runs. */
export interface JobContext {
  /** Moves this buffer back with the result instead of copying it. */
  transfer(buffer: ArrayBuffer): void
}

/**
 * One function per job kind; runs in the worker, one job after the other when it is synchronous.
 * @example
 * const handlers: JobHandlers<{ square: Job<number, number> }> = { square: (n) => n * n }
 */
export type JobHandlers<Jobs extends JobTable<Jobs>> = {
  readonly [K in keyof Jobs]: (
    payload: Jobs[K]['payload'],
    context: JobContext,
  ) => Jobs[K]['result'] | Promise<Jobs[K]['result']>
}

/** A job on its way to a worker. */
export interface JobMessage {
  readonly id: number
  readonly kind: string
  readonly payload: unknown
}

/** An error as plain data: an Error object would lose its fields on the way. */
export interface PlainError {
  readonly message: string
  readonly code?: string
  readonly blame?: string
  readonly context?: unknown
}

/** A worker's answer. */
export type JobReply =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly error: PlainError }

type AnyHandler = (payload: unknown, context: JobContext) => unknown

/** Runs one job to its reply; never throws. */
export async function execute(
  handlers: ReadonlyMap<string, AnyHandler>,
  message: JobMessage,
  send: (reply: JobReply, transfer: ArrayBuffer[]) => void,
): Promise<void> {
  const transfer: ArrayBuffer[] = []
  try {
    const handler = handlers.get(message.kind)
    if (handler === undefined) throw new Error(`no handler for job ${message.kind}`)
    const outcome = handler(message.payload, { transfer: (buffer) => transfer.push(buffer) })
    // Awaiting only promises keeps synchronous jobs within one turn of the worker's loop.
    const value = outcome instanceof Promise ? await outcome : outcome
    send({ id: message.id, ok: true, value }, transfer)
  } catch (error) {
    send({ id: message.id, ok: false, error: toPlainError(error) }, [])
  }
}

/** The handlers by name, with the types erased: a message's kind and payload were paired by the pool's types. */
export function handlerMap<Jobs extends JobTable<Jobs>>(handlers: JobHandlers<Jobs>): ReadonlyMap<string, AnyHandler> {
  return new Map<string, AnyHandler>(Object.entries(handlers))
}

function toPlainError(error: unknown): PlainError {
  if (!(error instanceof Error)) return { message: String(error) }
  const plain: { message: string; code?: string; blame?: string; context?: unknown } = { message: error.message }
  if ('code' in error && typeof error.code === 'string') plain.code = error.code
  if ('blame' in error && typeof error.blame === 'string') plain.blame = error.blame
  if ('context' in error) plain.context = error.context
  return plain
}
