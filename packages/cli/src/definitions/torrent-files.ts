// The commands that make, change and show torrent files, with their arguments, options and help.

import { Option } from 'commander'
import type { Command } from 'commander'
import { collect, date, infoHashes, pieceSize, trackerTier, webSourceUrl } from './argument-parsers.ts'
import type { CreateFlags } from '../commands/create.ts'
import type { EditFlags } from '../commands/edit.ts'
import type { InfoFlags } from '../commands/info.ts'
import type { MagnetFlags } from '../commands/magnet.ts'
import { examples } from './examples.ts'
import type { OnExit } from './transfers.ts'
import { addOutputOptions } from './transfer-options.ts'

/** `ccbt create`. */
export function defineCreate(program: Command, onExit: OnExit): void {
  const command = program
    .command('create')
    .summary('make a torrent file')
    .description('Make a torrent file from a file or a folder. What a torrent cannot hold is left out with a warning.')
    .argument('<path>', 'the file or folder')
    .option('-o, --output <file>', 'the torrent file to write (default: NAME.torrent here)')
    .option('--force', 'replace the output file')
  addContentOptions(command)
  addNoteOptions(command)
  addOutputOptions(command)
    .addHelpText(
      'after',
      examples(
        'ccbt create album/ --tracker udp://tracker.example.org:6969/announce',
        'ccbt create disk.img -o out.torrent --piece-size 4MiB --private',
        "ccbt create project/ --hybrid --exclude .git --exclude '*.tmp'",
      ),
    )
    .action(async (path: string, flags: CreateFlags) => {
      const { runCreate } = await import('../commands/create.ts')
      onExit(await runCreate(path, flags))
    })
}

function addContentOptions(command: Command): void {
  command
    .optionsGroup('Content:')
    .addOption(new Option('--v1', 'for every client (default)').conflicts(['v2', 'hybrid']))
    .addOption(new Option('--v2', 'SHA-256, one hash tree per file').conflicts('hybrid'))
    .option('--hybrid', 'v1 and v2 at once; not for Transmission 3 and aria2')
    .option('--piece-size <size>', 'a power of two such as 1MiB (default: by total size)', pieceSize)
    .option('--align', 'in v1 too, each file begins with a piece: padding between them')
    .option('--exclude <pattern>', "leave out files and folders, such as '*.tmp'; repeatable", collect)
    .option('--xet', 'add hashes of the files as Xet makes them; changes no infohash')
}

function addNoteOptions(command: Command): void {
  command
    .optionsGroup('Description:')
    .option('--tracker <urls>', 'announce address, or a tier of them: URL,URL; repeatable', trackerTier)
    .option('--webseed <url>', 'web address of the same data; repeatable', webSourceUrl)
    .option('--private', 'peers come from the trackers only')
    .option('--comment <text>', 'a remark')
    .option('--source <text>', 'where it comes from; changes the infohash')
    .option('--similar <infohash>', 'a torrent that has files of this one; repeatable', infoHashes)
    .option('--collection <name>', 'a group of torrents with files in common; repeatable', collect)
    .addOption(
      new Option('--date <time>', 'creation date: Unix seconds, 2026-01-31 or none')
        .env('SOURCE_DATE_EPOCH')
        .argParser(date),
    )
}

/** `ccbt edit`. */
export function defineEdit(program: Command, onExit: OnExit): void {
  const command = program
    .command('edit')
    .summary('change trackers, web seeds and comment')
    .description('Change what torrent files say beside their content: infohashes stay as they are.')
    .argument('<torrents...>', 'the torrent files')
    .option('-o, --output <file>', 'write another file instead; for one torrent')
    .option('--force', 'replace the output file')
    .optionsGroup('Changes:')
    .option('--tracker <urls>', 'in place of all trackers: URL, or a tier URL,URL; repeatable', trackerTier)
    .option('--no-trackers', 'remove all trackers')
    .option('--add-tracker <urls>', 'one more tier, behind the others; repeatable', trackerTier)
    .option('--remove-tracker <url>', 'remove this one; repeatable', collect)
    .option('--webseed <url>', 'in place of all web seeds; repeatable', webSourceUrl)
    .option('--no-webseeds', 'remove all web seeds')
    .option('--add-webseed <url>', 'one more; repeatable', webSourceUrl)
    .option('--remove-webseed <url>', 'remove this one; repeatable', collect)
    .option('--comment <text>', "the new comment; '' = none")
  addOutputOptions(command)
    .addHelpText(
      'after',
      examples(
        'ccbt edit album.torrent --add-tracker udp://tracker.example.org:6969',
        "ccbt edit *.torrent --tracker https://new.example/announce --comment ''",
      ),
    )
    .action(async (paths: string[], flags: EditFlags) => {
      const { runEdit } = await import('../commands/edit.ts')
      onExit(await runEdit(paths, flags))
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
      const { runInfo } = await import('../commands/info.ts')
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
      const { runMagnet } = await import('../commands/magnet.ts')
      onExit(await runMagnet(source, flags))
    })
}
