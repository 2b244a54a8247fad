// The commands that move and check data, with their arguments, options and help. Each one's code is loaded only when it
// runs.

import { Option } from 'commander'
import type { Command } from 'commander'
import { addDaemonOptions } from './client-options.ts'
import { collect, interval, port, webSourceUrl } from './argument-parsers.ts'
import type { AddFlags } from '../commands/add.ts'
import type { StreamFlags } from '../commands/stream.ts'
import type { TrackerFlags } from '../commands/tracker.ts'
import type { VerifyFlags } from '../commands/verify.ts'
import { givenFlags, typedFlags } from './config-options.ts'
import { examples } from './examples.ts'
import { addOutputOptions, addTransferOptions } from './transfer-options.ts'
import type { TransferFlags } from '../transfer/transfer.ts'

/** Takes the exit status of the command that ran. */
export type OnExit = (code: number) => void

/** `ccbt add`. */
export function defineAdd(program: Command, onExit: OnExit): void {
  const command = program
    .command('add')
    .summary('download a torrent')
    .description(
      'Download a torrent: a running daemon takes it, else it is downloaded here. The same command again goes on.',
    )
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
    .option('--paused', "given to a daemon: not begun before 'ccbt resume'")
    .option('--label <name>', 'given to a daemon: a label of it; repeatable', collect)
    .option('--dashboard', 'show it on the whole terminal until q; with a daemon or without')
    .option('--foreground', 'download here, whether a daemon runs or not')
    .option('--metadata-only', 'only write the torrent file of a magnet link: to -o')
    .option('--force', 'with --metadata-only: replace the file')
    .option('--seed', 'stay and serve others when complete, until Ctrl-C')
    .option('--no-seed', 'end when complete (default)')
  addTransferOptions(command)
    .addHelpText(
      'after',
      examples(
        'ccbt add debian.torrent -o ~/Downloads',
        'ccbt add https://example.org/debian.torrent --download-limit 10M',
        "ccbt add album.torrent --select '*.flac' --seed --seed-ratio 2",
        "ccbt add 'magnet:?xt=urn:btih:...' --metadata-only -o album.torrent",
      ),
    )
    .action(async (source: string) => {
      const { runAdd } = await import('../commands/add.ts')
      onExit(await runAdd(source, givenFlags<AddFlags>(command), typedFlags(command)))
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
  addTransferOptions(command)
    .addHelpText(
      'after',
      examples(
        'ccbt seed debian.torrent --data ~/Downloads',
        'ccbt seed album.torrent --data /music --upload-limit 5M',
      ),
    )
    .action(async (source: string) => {
      const { runSeed } = await import('../commands/seed.ts')
      onExit(await runSeed(source, givenFlags<TransferFlags>(command)))
    })
}

/** `ccbt stream`. */
export function defineStream(program: Command, onExit: OnExit): void {
  const command = program
    .command('stream')
    .summary('play a file while it is downloaded')
    .description('Download one file of a torrent and serve it to players on this machine: prints its address first.')
    .argument('<torrent>', 'a torrent file, its http(s) address, or a magnet link')
    .argument('[file]', "the file: its index in 'ccbt info' or a pattern (default: the longest)")
    .option('-o, --output <dir>', "folder that the torrent's file or folder goes into", '.')
    .option('--http-port <n>', 'port of the address that is printed; 0 = any free one', port, 0)
  addTransferOptions(command)
    .addHelpText('after', examples('ccbt stream film.torrent', "ccbt stream series.torrent '*e02*' --http-port 8000"))
    .action(async (source: string, file: string | undefined) => {
      const { runStream } = await import('../commands/stream.ts')
      onExit(await runStream(source, file, givenFlags<StreamFlags>(command)))
    })
}

/** `ccbt verify`. */
export function defineVerify(program: Command, onExit: OnExit): void {
  const command = program
    .command('verify')
    .summary('compare data with its checksums')
    .description('Hash the data of a torrent and name the files that are missing or damaged. Changes nothing.')
    .argument('<torrent>', "a torrent file, the http(s) address of one, or one of the daemon's torrents")
    .option('--data <dir>', "folder that holds the torrent's file or folder", '.')
  addOutputOptions(addDaemonOptions(command))
    .addHelpText('after', examples('ccbt verify debian.torrent --data ~/Downloads', 'ccbt verify 3'))
    .action(async (source: string, flags: VerifyFlags) => {
      const { runVerify } = await import('../commands/verify.ts')
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
      const { runTracker } = await import('../commands/tracker.ts')
      onExit(await runTracker(flags))
    })
}
