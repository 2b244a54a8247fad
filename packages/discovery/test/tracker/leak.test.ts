import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { describe, expect, it } from 'vitest'

const SCENARIO = fileURLToPath(new URL('leak-scenario.ts', import.meta.url))
const run = promisify(execFile)

describe('after dispose', () => {
  it('has no socket open and lets the process end by itself', async () => {
    // A process that does not end by itself is killed by the time limit, which rejects.
    const options = { timeout: 20_000 }
    const { stdout } = await run(process.execPath, ['--conditions=ccbt-src', SCENARIO], options)
    expect(JSON.parse(stdout)).toEqual({ sockets: 0 })
  })

  it.runIf(process.platform === 'linux')('would be found out', async () => {
    const { stdout } = await run(process.execPath, ['--conditions=ccbt-src', SCENARIO, 'forget'])
    expect(JSON.parse(stdout)).toMatchObject({ sockets: expect.any(Number) })
    expect((JSON.parse(stdout) as { sockets: number }).sockets).toBeGreaterThan(3)
  })
})
