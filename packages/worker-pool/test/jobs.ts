import type { Job } from '../src/index.ts'

export interface TestJobs {
  where: Job<null, number>
  note: Job<string, string[]>
  double: Job<{ buffer: ArrayBuffer }, { buffer: ArrayBuffer }>
  spin: Job<number, number>
  fail: Job<'ccbt' | 'errno' | 'plain', never>
  die: Job<null, never>
  cacheFolder: Job<null, string | undefined>
}
