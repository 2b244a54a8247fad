import nodeModule from 'node:module'
import { threadId } from 'node:worker_threads'

import { serveJobs } from '../src/serve.ts'
import type { JobHandlers } from '../src/serve.ts'
import type { TestJobs } from './jobs.ts'

const seen: string[] = []

export const handlers: JobHandlers<TestJobs> = {
  where: () => threadId,
  note: (text) => {
    seen.push(text)
    return [...seen]
  },
  double: ({ buffer }, context) => {
    const bytes = new Uint8Array(buffer)
    for (let i = 0; i < bytes.length; i++) bytes[i] = bytes[i]! * 2
    context.transfer(buffer)
    return { buffer }
  },
  spin: (ms) => {
    const end = performance.now() + ms
    while (performance.now() < end);
    return ms
  },
  fail: (how) => {
    if (how === 'ccbt')
      throw Object.assign(new Error('it broke'), {
        code: 'WORKER_CRASHED',
        blame: 'disk',
        context: { kind: 'x', reason: 'y' },
      })
    if (how === 'errno') throw Object.assign(new Error('no room'), { code: 'ENOSPC' })
    throw new TypeError('plain')
  },
  die: () => process.exit(3),
  cacheFolder: () => nodeModule.getCompileCacheDir(),
}

serveJobs<TestJobs>(handlers)
