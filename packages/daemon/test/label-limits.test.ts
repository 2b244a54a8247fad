// The limits that torrents with a label share: those of the configuration, and what is changed while the daemon runs.

import type { Command } from '@ccbt/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { LabelLimits } from '../src/engine/label-limits.ts'
import type { LabelRates } from '../src/engine/label-limits.ts'
import { openDatabase } from '../src/state/database.ts'
import { SettingTable } from '../src/state/setting-table.ts'
import { startEngine, temporaryFolder } from './support.ts'

/** What a session was told, by label. */
class Told {
  readonly limits = new Map<string, readonly (number | undefined)[]>()

  async command(command: Command): Promise<{ kind: 'done' }> {
    if (command.type !== 'limit' || command.label === undefined) throw new Error(`unexpected ${command.type}`)
    this.limits.set(command.label, [command.downloadLimitBps, command.uploadLimitBps])
    return { kind: 'done' }
  }
}

describe('the limits of labels', () => {
  it('are what was decided last, by the configuration or while the daemon ran, also after restarts', async () => {
    const label = fc.constantFrom('films', '__proto__')
    const bps = fc.constantFrom(0, 1000, 2000)
    const direction = fc.constantFrom('downloadBps' as const, 'uploadBps' as const)
    const steps = fc.array(
      fc.oneof(
        fc.record({ kind: fc.constant('change' as const), label, direction, bps: fc.option(bps) }),
        fc.record({ kind: fc.constant('configure' as const), label, direction, bps }),
        fc.record({ kind: fc.constant('restart' as const) }),
      ),
      { maxLength: 12 },
    )
    const database = openDatabase(temporaryFolder())
    const table = new SettingTable(database)
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        table.write('label-limits', [])
        const configured = new Map<string, { downloadBps?: number; uploadBps?: number }>()
        const rates = (): LabelRates =>
          Object.fromEntries(Array.from(configured, ([name, pair]) => [name, { ...pair }]))
        const expected = new Map<string, { of: Map<string, number>; changed: Map<string, number> }>()
        const model = (name: string): { of: Map<string, number>; changed: Map<string, number> } => {
          const found = expected.get(name) ?? { of: new Map(), changed: new Map() }
          expected.set(name, found)
          return found
        }
        let told = new Told()
        let limits = new LabelLimits(told, table, rates())
        for (const step of all) {
          if (step.kind === 'restart') {
            told = new Told()
            limits = new LabelLimits(told, table, rates())
            await limits.restore()
          } else if (step.kind === 'configure') {
            const { of, changed } = model(step.label)
            if ((of.get(step.direction) ?? 0) !== step.bps) changed.delete(step.direction)
            of.set(step.direction, step.bps)
            configured.set(step.label, { ...configured.get(step.label), [step.direction]: step.bps })
            await limits.follow(rates())
          } else {
            const { changed } = model(step.label)
            if (step.bps === null) changed.delete(step.direction)
            else changed.set(step.direction, step.bps)
            await limits.change(step.label, { [step.direction]: step.bps })
          }
        }
        for (const [name, { of, changed }] of expected) {
          const now = limits.of(name)
          expect(now.changed).toEqual(Object.fromEntries(changed))
          for (const side of ['downloadBps', 'uploadBps'] as const) {
            expect(now[side]).toBe(changed.get(side) ?? of.get(side) ?? 0)
          }
          // Who was told nothing since the start has what the configuration says.
          if (told.limits.has(name)) expect(told.limits.get(name)).toEqual([now.downloadBps, now.uploadBps])
          else expect(now.changed).toEqual({})
        }
      }),
      { numRuns: 60 },
    )
    database.close()
  })

  it('are no more than a thousand, of labels that can be', async () => {
    const { labelLimits } = await startEngine()
    for (let label = 0; label < 1000; label++) await labelLimits.change(String(label), { downloadBps: 1 })
    await expect(labelLimits.change('one more', { downloadBps: 1 })).rejects.toThrow('1000 labels')
    await labelLimits.change('7', { downloadBps: null })
    await labelLimits.change('one more', { downloadBps: 1 })
    for (const label of ['', 'x'.repeat(101)]) await expect(labelLimits.change(label, {})).rejects.toThrow('1 to 100')
  })
})
