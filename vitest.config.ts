import { defineConfig } from 'vitest/config'

const conditions = ['ccbt-src']

function project(name: string, include: string[], timeoutMs: number): object {
  return {
    ssr: { resolve: { conditions, externalConditions: conditions } },
    resolve: { conditions },
    test: {
      name,
      include,
      testTimeout: timeoutMs,
      hookTimeout: timeoutMs,
      // The default of one second is too short for a machine with other work; who waits goes on as soon as it is so.
      expect: { poll: { timeout: 30_000 } },
      pool: 'forks',
      execArgv: ['--conditions=ccbt-src'],
      // What a test starts speaks to nobody but those it names.
      env: { CCBT_DHT__ENABLED: 'false', CCBT_LSD__ENABLED: 'false', CCBT_PORT_MAPPING__ENABLED: 'false' },
    },
  }
}

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      project(
        'unit',
        ['packages/*/test/**/*.test.ts', 'test/architecture/**/*.test.ts', 'test/docs/**/*.test.ts'],
        120_000,
      ),
      project('sim', ['test/sim/**/*.test.ts'], 240_000),
      project('e2e', ['test/e2e/**/*.test.ts'], 240_000),
      project('interop', ['test/interop/**/*.test.ts'], 300_000),
    ],
  },
})
