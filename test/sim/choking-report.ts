// `node --conditions=ccbt-src test/sim/choking-report.ts [SEED]... > table.md`: lets a swarm with free riders run under
// this client's choker and the two of libtorrent, prints a table and draws docs/choking.svg.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { ChokingPolicy } from '@ccbt/core'

import { FREE_RIDER_SWARM, runFreeRiders } from './kit/free-riders.ts'
import type { Fate } from './kit/free-riders.ts'
import { FIXED_SLOTS_CHOKER, RATE_BASED_CHOKER } from './kit/published-chokers.ts'

const CHOKERS: readonly { readonly name: string; readonly choking?: ChokingPolicy }[] = [
  { name: 'ccbt' },
  { name: 'fixed slots (8)', choking: FIXED_SLOTS_CHOKER },
  { name: 'rate based', choking: RATE_BASED_CHOKER },
]

const WIDTH = 960
const PANEL = 300
const HEIGHT = 260
const TOP = 30
const COLOURS = { giving: '#1a7f37', riding: '#cf222e' }

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >>> 1] ?? Number.NaN
}

function seconds(fates: readonly Fate[], isFreeRider: boolean): number[] {
  return fates.filter((fate) => fate.isFreeRider === isFreeRider).map((fate) => fate.completedS ?? Infinity)
}

function row(name: string, seed: number, fates: readonly Fate[]): string {
  const [giving, riding] = [seconds(fates, false), seconds(fates, true)]
  const all = Math.max(...giving, ...riding)
  const wait = Math.max(...fates.map((fate) => fate.longestWaitS))
  const figures = [median(giving), median(riding), all, wait].map((s) => s.toFixed(0))
  return `| ${seed} | ${name} | ${figures.join(' | ')} |`
}

/** The share of members that are complete over time, as a line of steps. */
function steps(values: readonly number[], x: (s: number) => number): string {
  const sorted = values.toSorted((a, b) => a - b)
  const y = (count: number): number => TOP + (HEIGHT - 2 * TOP) * (1 - count / sorted.length)
  const points = sorted.flatMap((s, i) => [
    `${x(s).toFixed(1)},${y(i).toFixed(1)}`,
    `${x(s).toFixed(1)},${y(i + 1).toFixed(1)}`,
  ])
  return [`${x(0).toFixed(1)},${y(0)}`, ...points].join(' ')
}

function panel(name: string, fates: readonly Fate[], at: { readonly left: number; readonly endS: number }): string {
  const x = (s: number): number => at.left + (PANEL * s) / at.endS
  const line = (isFreeRider: boolean, colour: string): string =>
    `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${steps(seconds(fates, isFreeRider), x)}"/>`
  const bottom = HEIGHT - TOP
  const ticks = Array.from({ length: Math.floor(at.endS / 50) + 1 }, (_, i) => i * 50)
  return [
    `<text x="${at.left}" y="20">${name}</text>`,
    `<path d="M${at.left} ${TOP}V${bottom}H${at.left + PANEL}" fill="none" stroke="#888"/>`,
    ...ticks.map((s) => `<text x="${x(s)}" y="${bottom + 16}" text-anchor="middle">${s} s</text>`),
    line(false, COLOURS.giving),
    line(true, COLOURS.riding),
  ].join('\n')
}

function draw(fates: ReadonlyMap<string, readonly Fate[]>): string {
  const longest = Math.max(...[...fates.values()].flat().map((fate) => fate.completedS ?? 0))
  const endS = Math.ceil(longest / 10) * 10
  const panels = [...fates].map(([name, of], i) => panel(name, of, { left: 20 + i * (PANEL + 20), endS }))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH + 20} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    '<rect width="100%" height="100%" fill="#fff"/>',
    ...panels,
    `<text x="${WIDTH - 120}" y="${HEIGHT - 70}" fill="${COLOURS.giving}">those who give</text>`,
    `<text x="${WIDTH - 120}" y="${HEIGHT - 52}" fill="${COLOURS.riding}">free riders</text>`,
    '</svg>',
    '',
  ].join('\n')
}

const seeds = process.argv.slice(2).map(Number)
const together = new Map<string, Fate[]>()
process.stdout.write('| seed | choker | giving, median s | free riders, median s | all complete s | longest wait s |\n')
process.stdout.write('|---|---|---|---|---|---|\n')
for (const seed of seeds.length === 0 ? [1, 2, 3] : seeds) {
  for (const { name, ...choker } of CHOKERS) {
    const fates = await runFreeRiders({ ...FREE_RIDER_SWARM, ...choker, seed })
    together.set(name, [...(together.get(name) ?? []), ...fates])
    process.stdout.write(`${row(name, seed, fates)}\n`)
  }
}
writeFileSync(join(import.meta.dirname, '../../docs/choking.svg'), draw(together))
