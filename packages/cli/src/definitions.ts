// The commands with their arguments, options and help. Each one's code is loaded only when it runs.

import { Option } from 'commander'
import type { Command } from 'commander'
import { collect, interval, pieceSize, port, trackerUrl, webSeedUrl, webSourceUrl } from './argument-parsers.ts'
import type { AddFlags } from './commands/add.ts'
import type { CreateFlags } from './commands/create.ts'
import type { InfoFlags } from './commands/info.ts'
import type { MagnetFlags } from './commands/magnet.ts'
import type { SeedFlags } from './commands/seed.ts'
import type { TrackerFlags } from './commands/tracker.ts'
import type { VerifyFlags } from './commands/verify.ts'
import {
  addNetworkOptions,
  addOutputOptions,
  addSeedGoalOptions,
  addStorageOptions,
  addTransferOutputOptions,
} from './transfer-options.ts'

/** Takes the exit status of the command that ran. */
export type OnExit = (code: number) => void

/** `ccbt add`. */
export function defineAdd(program: Command, onExit: OnExit): void {
  const command = program
    .command('add')
    .summary('download a torrent')
    .description('Download a torrent in the foreground. The same command again goes on where it stopped.')
    .argument('<torrent>', 'a torrent file, its http(s) address, or a magnet link')
    .option('-o, --output <dir>', "folder that the torrent's file or folder goes into", '.')
    .option('--select <list>', "only these files: indexes of 'ccbt info' or patterns, 0,2-5 or '*.iso'", collect)
    .option('--webseed <url>', 'download from this web address of the same data too; repeatable', webSourceUrl)
    .option('--sequential', 'pieces in order instead of the rarest first')
    .addOption(
      new Option('--preallocate <mode>', 'disk space taken in advance (default: sparse)').choices([
        'none',
        'sparse',
        'full',
      ]),
    )
    .option('--metadata-only', 'only write the torrent file of a magnet link: to -o')
    .option('--force', 'with --metadata-only: replace the file')
    .option('--seed', 'stay and serve others when complete, until Ctrl-C')
    .option('--no-seed', 'end when complete (default)')
  addSeedGoalOptions(command)
  addStorageOptions(command)
  addNetworkOptions(command)
  addTransferOutputOptions(command)
    .addHelpText(
      'after',
      examples(
        'ccbt add debian.torrent -o ~/Downloads',
        'ccbt add https://example.org/debian.torrent --download-limit 10M',
        "ccbt add album.torrent --select '*.flac' --seed --seed-ratio 2",
        "ccbt add 'magnet:?xt=urn:btih:...' --metadata-only -o album.torrent",
      ),
    )
    .action(async (source: string, flags: AddFlags) => {
      const { runAdd } = await import('./commands/add.ts')
      onExit(await runAdd(source, flags))
    })
}

/** `ccbt seed`. */
export function defineSeed(program: Command, onExit: OnExit): void {
  const command = program
    .command('seed')
    .summary('serve data that is already there')
    .description('Check the data of a torrent and serve it to others until Ctrl-C or a goal.')
    .argument('<torrent>', 'a torrent file, or the http(s) address of one')
    .option('--data <dir>', "folder that holds the torrent's file or folder", '.')
    .option('--super-seed', 'show each peer one piece after the other: for the only one who has the data')
  addSeedGoalOptions(command)
  addStorageOptions(command)
  addNetworkOptions(command)
  addTransferOutputOptions(command)
    .addHelpText(
      'after',
      examples(
        'ccbt seed debian.torrent --data ~/Downloads',
        'ccbt seed album.torrent --data /music --upload-limit 5M',
      ),
    )
    .action(async (source: string, flags: SeedFlags) => {
      const { runSeed } = await import('./commands/seed.ts')
      onExit(await runSeed(source, flags))
    })
}

/** `ccbt create`. */
export function defineCreate(program: Command, onExit: OnExit): void {
  const command = program
    .command('create')
    .summary('make a torrent file')
    .description('Make a torrent file from a file or a folder. Links and special files are left out with a warning.')
    .argument('<path>', 'the file or folder')
    .option('-o, --output <file>', 'the torrent file to write (default: NAME.torrent here)')
    .option('--tracker <url>', 'announce address; repeatable, the first is asked first', trackerUrl)
    .option('--piece-size <size>', 'a power of two such as 1MiB (default: by total size)', pieceSize)
    .option('--private', 'peers come from the trackers only')
    .option('--comment <text>', 'a remark')
    .option('--webseed <url>', 'web address of the same data; repeatable', webSeedUrl)
    .option('--source <text>', 'where it comes from; changes the infohash')
    .option('--force', 'replace the output file')
  addOutputOptions(command)
    .addHelpText(
      'after',
      examples(
        'ccbt create album/ --tracker udp://tracker.example.org:6969/announce',
        'ccbt create disk.img -o out.torrent --piece-size 4MiB --private',
      ),
    )
    .action(async (path: string, flags: CreateFlags) => {
      const { runCreate } = await import('./commands/create.ts')
      onExit(await runCreate(path, flags))
    })
}

/** `ccbt info`. */
export function defineInfo(program: Command, onExit: OnExit): void {
  program
    .command('info')
    .summary('say what is in a torrent file')
    .description('Print what is in a torrent file, with the file indexes that --select takes.')
    .argument('<torrent>', 'a torrent file, or the http(s) address of one')
    .option('--json', 'one JSON object')
    .addHelpText('after', examples('ccbt info debian.torrent', 'ccbt info debian.torrent --json | jq .infoHash'))
    .action(async (source: string, flags: InfoFlags) => {
      const { runInfo } = await import('./commands/info.ts')
      onExit(await runInfo(source, flags))
    })
}

/** `ccbt magnet`. */
export function defineMagnet(program: Command, onExit: OnExit): void {
  program
    .command('magnet')
    .summary('make a magnet link')
    .description('Print the magnet link of a torrent file. Quote it in a shell.')
    .argument('<torrent>', 'a torrent file, or the http(s) address of one')
    .option('--no-trackers', 'leave the announce addresses out')
    .option('--json', 'one JSON object')
    .addHelpText('after', examples('ccbt magnet debian.torrent', 'ccbt magnet album.torrent --no-trackers'))
    .action(async (source: string, flags: MagnetFlags) => {
      const { runMagnet } = await import('./commands/magnet.ts')
      onExit(await runMagnet(source, flags))
    })
}

/** `ccbt verify`. */
export function defineVerify(program: Command, onExit: OnExit): void {
  const command = program
    .command('verify')
    .summary('compare data with its checksums')
    .description('Hash the data of a torrent and name the files that are missing or damaged. Changes nothing.')
    .argument('<torrent>', 'a torrent file, or the http(s) address of one')
    .option('--data <dir>', "folder that holds the torrent's file or folder", '.')
  addOutputOptions(command)
    .addHelpText('after', examples('ccbt verify debian.torrent --data ~/Downloads'))
    .action(async (source: string, flags: VerifyFlags) => {
      const { runVerify } = await import('./commands/verify.ts')
      onExit(await runVerify(source, flags))
    })
}

/** `ccbt tracker`. */
export function defineTracker(program: Command, onExit: OnExit): void {
  program
    .command('tracker')
    .summary('run a small tracker')
    .description('Run a tracker over HTTP and UDP until Ctrl-C, and print its announce addresses.')
    .option('--port <n>', 'port for both; 0 = any free one', port, 6969)
    .option('--host <address>', 'local address to listen on', '127.0.0.1')
    .addOption(
      new Option('--interval <time>', 'time between two announces of a client')
        .argParser(interval)
        .default(600_000, '10m'),
    )
    .option('--no-udp', 'HTTP only')
    .option('--no-http', 'UDP only')
    .addHelpText('after', examples('ccbt tracker --host 0.0.0.0', 'ccbt tracker --port 0 --interval 5s'))
    .action(async (flags: TrackerFlags) => {
      const { runTracker } = await import('./commands/tracker.ts')
      onExit(await runTracker(flags))
    })
}

function examples(...lines: string[]): string {
  return ['', 'Examples:', ...lines.map((line) => `  $ ${line}`)].join('\n')
}
