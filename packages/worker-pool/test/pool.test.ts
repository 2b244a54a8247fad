import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createWorkerPool } from '../src/index.ts'
import type { WorkerPool } from '../src/index.ts'
import type { TestJobs } from './jobs.ts'
import { handlers } from './jobs.worker.ts'

const url = new URL('./jobs.worker.ts', import.meta.url)

function threads(size: number): WorkerPool<TestJobs> {
  return createWorkerPool<TestJobs>({ url, size })
}

const modes: [string, (size: number) => WorkerPool<TestJobs>][] = [
  ['threads', threads],
  ['inline', (size) => createWorkerPool<TestJobs>({ url, size, inline: handlers })],
]

describe.each(modes)('a pool of %s', (_name, make) => {
  it('moves buffers there and back', async () => {
    await using pool = make(2)
    const buffer = Uint8Array.of(1, 2, 3).buffer
    const done = pool.run('double', { buffer }, { transfer: [buffer] })
    expect(buffer.byteLength).toBe(0)
    expect([...new Uint8Array((await done).buffer)]).toEqual([2, 4, 6])
  })

  it('keeps the order of jobs with one affinity', async () => {
    await using pool = make(3)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(5), { minLength: 1, maxLength: 100 }), async (keys) => {
        const label = `${Math.random()}`
        const logs = await Promise.all(
          keys.map((key, i) => pool.run('note', `${label} ${key} ${i}`, { affinity: key })),
        )
        for (const [i, key] of keys.entries()) {
          const mine = logs[i]!.filter((text) => text.startsWith(`${label} ${key} `))
          const expected = keys.flatMap((other, j) => (other === key && j <= i ? [`${label} ${key} ${j}`] : []))
          expect(mine).toEqual(expected)
        }
      }),
      { numRuns: 20 },
    )
  })

  it('gives errors their code, blame and context again', async () => {
    await using pool = make(1)
    await expect(pool.run('fail', 'ccbt')).rejects.toMatchObject({
      isCcbtError: true,
      code: 'WORKER_CRASHED',
      blame: 'disk',
      message: 'it broke',
      context: { kind: 'x', reason: 'y' },
    })
    await expect(pool.run('fail', 'errno')).rejects.toMatchObject({
      code: 'WORKER_JOB_FAILED',
      context: { kind: 'fail', errno: 'ENOSPC' },
    })
    await expect(pool.run('fail', 'plain')).rejects.toMatchObject({
      code: 'WORKER_JOB_FAILED',
      context: { kind: 'fail' },
    })
  })

  it('rejects what is not done when it is closed, and everything afterwards', async () => {
    const pool = make(1)
    const jobs = Array.from({ length: 50 }, () => pool.run('where', null))
    const outcome = Promise.allSettled(jobs)
    await pool[Symbol.asyncDispose]()
    for (const job of await outcome)
      if (job.status === 'rejected') expect(job.reason).toMatchObject({ code: 'WORKER_POOL_CLOSED' })
    await expect(pool.run('where', null)).rejects.toMatchObject({ code: 'WORKER_POOL_CLOSED' })
  })

  it('rejects a payload that cannot be cloned and goes on', async () => {
    await using pool = make(1)
    const payload: { buffer: ArrayBuffer } = Object.assign({ buffer: new ArrayBuffer(1) }, { bad: () => 1 })
    await expect(pool.run('double', payload)).rejects.toThrow()
    await expect(pool.run('spin', 0)).resolves.toBe(0)
  })

  it('does not run a job that was aborted before its turn', async () => {
    await using pool = make(1)
    const abort = new AbortController()
    const running = Array.from({ length: 40 }, () => pool.run('spin', 1))
    const label = `${Math.random()}`
    const waiting = pool.run('note', label, { signal: abort.signal })
    abort.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' })
    await expect(pool.run('note', 'x', { signal: abort.signal })).rejects.toMatchObject({ code: 'ABORTED' })
    await Promise.all(running)
    expect(await pool.run('note', 'after')).not.toContain(label)
  })
})

describe('threads', () => {
  it('start only when there is work, and all of them under load', async () => {
    await using pool = threads(2)
    const ids = await Promise.all(Array.from({ length: 8 }, () => pool.run('where', null)))
    expect(new Set(ids).size).toBe(2)
    expect(ids).not.toContain(0)
  })

  it('are no more than one while it keeps up', async () => {
    await using pool = threads(3)
    pool.warm()
    const ids = new Set<number>()
    for (let i = 0; i < 20; i++) ids.add(await pool.run('where', null))
    expect(ids.size).toBe(1)
    expect(await pool.runOnStarted('where', null)).toEqual([...ids])
  })

  it('run live jobs before background jobs that wait', async () => {
    await using pool = threads(1)
    const order: string[] = []
    const background = Array.from({ length: 20 }, async () => {
      await pool.run('spin', 2, { priority: 'background' })
      order.push('background')
    })
    await pool.run('spin', 0)
    order.push('live')
    await Promise.all(background)
    expect(order.indexOf('live')).toBeLessThan(5)
  })

  it('are replaced when they die; only the jobs they had are lost', async () => {
    await using pool = threads(1)
    await pool.run('where', null)
    // 32 jobs are with the worker at most: the first of them kills it, those behind stay queued.
    const jobs = Array.from({ length: 100 }, (_, i) => (i === 0 ? pool.run('die', null) : pool.run('spin', 0)))
    const outcomes = await Promise.allSettled(jobs)
    const lost = outcomes.filter((job) => job.status === 'rejected')
    expect(lost.length).toBeLessThanOrEqual(32)
    for (const job of lost) expect(job.reason).toMatchObject({ code: 'WORKER_CRASHED', blame: 'us' })
    await expect(pool.run('spin', 0)).resolves.toBe(0)
  })

  it('can be told something all at once; those that have not started are left alone', async () => {
    await using pool = threads(3)
    expect(await pool.runOnStarted('where', null)).toEqual([])
    const first = await pool.run('where', null)
    expect(await pool.runOnStarted('where', null)).toEqual([first])
    await Promise.all(Array.from({ length: 20 }, () => pool.run('spin', 0)))
    expect(new Set(await pool.runOnStarted('where', null)).size).toBe(3)
  })

  it('use the compile cache that the process has switched on by code', () => {
    const script = `
      import nodeModule from 'node:module'
      nodeModule.enableCompileCache()
      const { createWorkerPool } = await import('@ccbt/worker-pool')
      const pool = createWorkerPool({ url: new URL(${JSON.stringify(url.href)}), size: 1 })
      console.log((await pool.run('cacheFolder', null)) === nodeModule.getCompileCacheDir())`
    const cwd = fileURLToPath(new URL('../../disk-io', import.meta.url))
    const args = ['--conditions=ccbt-src', '--input-type=module', '-e', script]
    const { NODE_COMPILE_CACHE: _, ...env } = process.env
    expect(execFileSync(process.execPath, args, { cwd, env, timeout: 20_000, encoding: 'utf8' })).toBe('true\n')
  })

  it('that cannot start reject their jobs instead of spinning', async () => {
    await using pool = createWorkerPool<TestJobs>({ url: new URL('./broken.worker.ts', import.meta.url), size: 1 })
    await expect(pool.run('where', null)).rejects.toMatchObject({
      code: 'WORKER_CRASHED',
      context: { kind: 'where', reason: 'cannot start' },
    })
  })

  it('let a finished process exit, and do not let one exit that has work', () => {
    const script = `
      import { createWorkerPool } from '@ccbt/worker-pool'
      const pool = createWorkerPool({ url: new URL(${JSON.stringify(url.href)}), size: 2 })
      pool.warm()
      console.log(await pool.run('spin', 100))`
    const cwd = fileURLToPath(new URL('../../disk-io', import.meta.url))
    const args = ['--conditions=ccbt-src', '--input-type=module', '-e', script]
    expect(execFileSync(process.execPath, args, { cwd, timeout: 20_000, encoding: 'utf8' })).toBe('100\n')
  })
})
