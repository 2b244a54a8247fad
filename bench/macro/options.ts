// The command line of the benchmarks.

import { parseArgs } from 'node:util'

/** The benchmarks there are, in the order in which they run. */
export const SUBSETS = ['download', 'seed', 'check', 'create', 'swarm', 'polling', 'connections', 'kinds'] as const

/** One benchmark. */
export type Subset = (typeof SUBSETS)[number]

/** What was asked for. */
export interface Options {
  readonly subsets: readonly Subset[]
  readonly sizeMib: number
  readonly checkSizeMib: number
  readonly swarmSizeMib: number
  readonly leechers: number
  readonly rounds: number
  /** Empty = all. */
  readonly clients: readonly string[]
  readonly json: string | undefined
  /** After this a run has failed. */
  readonly limitMs: number
}

const USAGE = `pnpm bench [${SUBSETS.join('|')}]... [options]

  --size MIB         data of download, seed, polling, connections and kinds (1024)
  --check-size MIB   data of check and create (4096)
  --swarm-size MIB   data of swarm (256)
  --leechers N       downloaders of swarm (8)
  --rounds N         rounds, clients interleaved in each (5)
  --clients a,b      only these (ccbt, libtorrent, aria2, rtorrent, transmission; of create also mktorrent, bare)
  --limit SECONDS    after this a run has failed (120)
  --json FILE        every single run and the summary

All data is in memory. Clients that are not installed are skipped by name.
`

/** Reads the command line; prints the usage and ends the process when it is wrong or asks for help. */
export function parseOptions(argv: readonly string[]): Options {
  const text = { type: 'string' } as const
  const names = ['size', 'check-size', 'swarm-size', 'leechers', 'rounds', 'clients', 'limit', 'json'] as const
  const options = {
    ...Object.fromEntries(names.map((name) => [name, text])),
    help: { type: 'boolean', short: 'h' },
  } as const
  // pnpm passes a `--` on.
  const args = argv.filter((argument) => argument !== '--')
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
    if ('help' in values) throw new Error('help')
    const given = values as Partial<Record<(typeof names)[number], string>>
    const number = (name: (typeof names)[number], standard: number): number => positive(name, given[name], standard)
    return {
      subsets: positionals.length === 0 ? SUBSETS : positionals.map((name) => subset(name)),
      sizeMib: number('size', 1024),
      checkSizeMib: number('check-size', 4096),
      swarmSizeMib: number('swarm-size', 256),
      leechers: number('leechers', 8),
      rounds: number('rounds', 5),
      clients: given.clients?.split(',') ?? [],
      json: given.json,
      limitMs: number('limit', 120) * 1000,
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    if (message === 'help') process.stdout.write(USAGE)
    else process.stderr.write(`${message}\n\n${USAGE}`)
    process.exit(message === 'help' ? 0 : 64)
  }
}

function positive(name: string, value: string | undefined, standard: number): number {
  const number = value === undefined ? standard : Number(value)
  if (!Number.isSafeInteger(number) || number <= 0) throw new Error(`--${name} ${value}: not a positive whole number`)
  return number
}

function subset(name: string): Subset {
  const found = SUBSETS.find((known) => known === name)
  if (found === undefined) throw new Error(`${name}: no such benchmark`)
  return found
}
