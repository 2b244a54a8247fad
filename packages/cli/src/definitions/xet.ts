// The commands about content-defined chunks. Each one's code is loaded only when it runs.

import type { Command } from 'commander'
import { collect, peer, trackerUrl } from './argument-parsers.ts'
import type { XetFlags } from '../commands/xet-chunks.ts'
import type { XetDedupFlags } from '../commands/xet-dedup.ts'
import type { XetGetFlags } from '../commands/xet-get.ts'
import type { XetIndexFlags } from '../commands/xet-index.ts'
import { addConfigOptions } from './config-options.ts'
import type { OnExit } from './transfers.ts'
import { examples } from './examples.ts'

/** `ccbt xet` with its commands. */
export function defineXet(program: Command, onExit: OnExit): void {
  const xet = program
    .command('xet')
    .summary('look at the content-defined chunks of files')
    .description('Cut files into chunks by their content, exactly as Xet does.')
    .addHelpText('after', examples('ccbt xet hash model.safetensors', 'ccbt xet diff old.img new.img'))
  defineChunk(xet, onExit)
  defineHash(xet, onExit)
  defineDiff(xet, onExit)
  defineIndex(xet, onExit)
  defineGet(xet, onExit)
  defineDedup(program, onExit)
}

function defineGet(xet: Command, onExit: OnExit): void {
  const get = withJson(xet.command('get'))
    .summary('fetch content by its hash')
    .description('Fetch the file or chunk with this hash from whoever shares it, without a torrent.')
    .argument('<hash>', 'as xet hash and xet chunk print it')
    .option('--root', 'the hash is a pieces root: that of a file in v2 torrents, as info --json prints it')
    .requiredOption('-o, --output <file>', 'the file to write')
    .option('--force', 'replace the file')
    .option(
      '--state-dir <dir>',
      'where the index of the files here is, which are looked at first (default: as for add)',
    )
    .optionsGroup('Network:')
    .option('--peer <host:port>', 'who may have it; repeatable', peer)
    .option('--torrent <source>', 'a torrent file or link whose peers may have it; repeatable', collect)
    .option('--tracker <url>', 'a tracker that may know who has it; repeatable', trackerUrl)
    .option('--dht', 'look for others who have it in the DHT, where that can be seen')
    .option('--dht-bootstrap <host:port>', 'ask this node instead of the public ones; repeatable', peer)
  addConfigOptions(get).action(async (hash: string, flags: XetGetFlags) => {
    const { runXetGet } = await import('../commands/xet-get.ts')
    onExit(await runXetGet(hash, flags))
  })
}

function defineDedup(program: Command, onExit: OnExit): void {
  const dedup = program
    .command('dedup')
    .summary('say what files have in common')
    .description('Say how much files, folders or torrents have in common.')
    .addHelpText('after', examples('ccbt dedup report', 'ccbt dedup report music/ backup/music/'))
  withJson(dedup.command('report'))
    .summary('say what files have in common')
    .description('Say how much files, folders or torrents have in common, by pairs. Changes nothing.')
    .argument('[paths...]', 'files and folders to compare (default: the torrents in the index of chunks)')
    .option('--state-dir <dir>', 'where the index is (default: as for add)')
    .action(async (paths: string[], flags: XetDedupFlags) => {
      const { runXetDedup } = await import('../commands/xet-dedup.ts')
      onExit(await runXetDedup(paths, flags))
    })
}

function defineChunk(xet: Command, onExit: OnExit): void {
  withJson(xet.command('chunk'))
    .summary('list the chunks of a file')
    .description('Print offset, length and hash of each chunk of a file, and the hash of the file.')
    .argument('<file>', 'the file')
    .action(async (path: string, flags: XetFlags) => {
      const { runXetChunk } = await import('../commands/xet-chunk.ts')
      onExit(await runXetChunk(path, flags))
    })
}

function defineHash(xet: Command, onExit: OnExit): void {
  withJson(xet.command('hash'))
    .summary('print the Xet hash of a file')
    .description("Print the Xet hash of a file: the one that Hugging Face's hub shows for it.")
    .argument('<file>', 'the file')
    .action(async (path: string, flags: XetFlags) => {
      const { runXetHash } = await import('../commands/xet-hash.ts')
      onExit(await runXetHash(path, flags))
    })
}

function defineDiff(xet: Command, onExit: OnExit): void {
  withJson(xet.command('diff'))
    .summary('say what is new in a version of a file')
    .description('Say how much would travel to somebody who has <old> and wants <new>.')
    .argument('<old>', 'the version that is there')
    .argument('<new>', 'the version that is wanted')
    .action(async (oldPath: string, newPath: string, flags: XetFlags) => {
      const { runXetDiff } = await import('../commands/xet-diff.ts')
      onExit(await runXetDiff(oldPath, newPath, flags))
    })
}

function defineIndex(xet: Command, onExit: OnExit): void {
  withJson(xet.command('index'))
    .summary('remember where chunks lie')
    .description('Add files to the index of chunks, or say what is in it. Copies no data.')
    .argument('[paths...]', 'files and folders to add; those that have not changed are skipped')
    .option('--rebuild', 'make the index anew from the files that it knows')
    .option('--state-dir <dir>', 'where the index is (default: as for add)')
    .action(async (paths: string[], flags: XetIndexFlags) => {
      const { runXetIndex } = await import('../commands/xet-index.ts')
      onExit(await runXetIndex(paths, flags))
    })
}

function withJson(command: Command): Command {
  return command.option('--json', 'one JSON object per line')
}
