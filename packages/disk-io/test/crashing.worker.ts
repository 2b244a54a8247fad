// The disk worker, but it dies when a job comes for a piece whose expected hash starts with the byte 0xdd.

import { serveJobs } from '@ccbt/worker-pool/serve'

import type { DiskJobs } from '../src/jobs.ts'
import { diskHandlers } from '../src/worker/handlers.ts'

const handlers = diskHandlers({ maxOpenFiles: 4, channel: 'crashing' })

serveJobs<DiskJobs>({
  ...handlers,
  segment: (job, context) => (job.target.sha1?.digest[0] === 0xdd ? process.exit(9) : handlers.segment(job, context)),
})
