// The commands about a daemon's torrents, with their arguments, options and help. Their code is loaded only when one runs.

import { Argument } from 'commander'
import type { Command } from 'commander'
import { rateOrConfig } from './argument-parsers.ts'
import { addClientOptions } from './client-options.ts'
import type { ClientFlags } from './client-options.ts'
import type { ImportFlags, ImportSource } from '../commands/import.ts'
import type { LimitFlags } from '../commands/torrent-actions.ts'
import type { LogFlags } from '../commands/log.ts'
import type { TorrentPart } from '../commands/torrent-views.ts'
import type { WatchFlags } from '../commands/torrent-watch.ts'
import { givenFlags } from './config-options.ts'
import type { OnExit } from './transfers.ts'
import { examples } from './examples.ts'

const TORRENTS = "numbers, beginnings of info-hashes, names, patterns, or 'all'"

/** All of them. */
export function defineTorrentCommands(program: Command, onExit: OnExit): void {
  for (const define of [defineViews, defineActions, defineChanges, defineExport, defineImport, defineFollowing])
    define(program, onExit)
}

type Words = readonly [summary: string, description: string]

/** A command without its arguments and action. */
function define(program: Command, name: string, [summary, description]: Words, ...lines: string[]): Command {
  const command = program.command(name).summary(summary).description(description)
  return addClientOptions(command).addHelpText('after', examples(...lines))
}

function defineViews(program: Command, onExit: OnExit): void {
  const list = define(
    program,
    'list',
    ["list the daemon's torrents", 'Print a line for each torrent.'],
    'ccbt list --json',
  )
  list.argument('[torrents...]', TORRENTS).action(async (words: string[]) => {
    const { runList } = await import('../commands/torrent-views.ts')
    onExit(await runList(words, givenFlags<ClientFlags>(list)))
  })
  const show = define(program, 'show', ['say everything about torrents', 'Print all about torrents.'], 'ccbt show 3')
  show.argument('<torrents...>', TORRENTS).action(async (words: string[]) => {
    const { runShow } = await import('../commands/torrent-views.ts')
    onExit(await runShow(words, givenFlags<ClientFlags>(show)))
  })
  for (const part of ['files', 'peers', 'trackers'] as const) definePart(program, onExit, part)
  const stats = define(
    program,
    'stats',
    ['say how the daemon does', 'Print figures of the daemon.'],
    'ccbt stats --json',
  )
  stats.action(async () => {
    const { runStats } = await import('../commands/torrent-views.ts')
    onExit(await runStats(givenFlags<ClientFlags>(stats)))
  })
  const log = define(program, 'log', ['print the log of the daemon', 'Print the last lines of the log.'], 'ccbt log -f')
  log
    .option('-f, --follow', 'go on with what comes, until Ctrl-C')
    .option('--peer <address>', 'everything about this peer from now on, host or host:port')
    .option('--torrent <hash>', 'everything about the torrent whose info-hash begins so')
    .action(async () => {
      const { runLog } = await import('../commands/log.ts')
      onExit(await runLog(givenFlags<LogFlags>(log)))
    })
}

function definePart(program: Command, onExit: OnExit, part: TorrentPart): void {
  const description = `Print the ${part} of a torrent of the daemon.`
  const command = define(program, part, [`list the ${part} of a torrent`, description], `ccbt ${part} 3`)
  command.argument('<torrent>', 'a number, the beginning of an info-hash, or a name').action(async (word: string) => {
    const { runPart } = await import('../commands/torrent-views.ts')
    onExit(await runPart(part, word, givenFlags<ClientFlags>(command)))
  })
}

function defineActions(program: Command, onExit: OnExit): void {
  const resume = define(
    program,
    'resume',
    ['let torrents go on', 'Let torrents go on; they may have to wait in the queue.'],
    'ccbt resume 3 5',
    "ccbt resume 'debian*' --now",
  )
  resume.option('--now', 'also when the queue has no place for them')
  resume.argument('<torrents...>', TORRENTS).action(async (words: string[]) => {
    const { runAction } = await import('../commands/torrent-actions.ts')
    const flags = givenFlags<ClientFlags & { now: boolean }>(resume)
    onExit(await runAction(words, { type: flags.now === true ? 'start-now' : 'start' }, flags))
  })
  const simple = [
    ['pause', 'pause', 'stop torrents for now', 'Pause torrents until they are resumed.'],
    ['reannounce', 'reannounce', 'ask trackers again', 'Ask the trackers of torrents for peers now.'],
  ] as const
  for (const [name, type, summary, description] of simple) {
    const command = define(program, name, [summary, description], `ccbt ${name} 3 5`, `ccbt ${name} 'debian*'`)
    command.argument('<torrents...>', TORRENTS).action(async (words: string[]) => {
      const { runAction } = await import('../commands/torrent-actions.ts')
      onExit(await runAction(words, { type }, givenFlags<ClientFlags>(command)))
    })
  }
  const remove = define(
    program,
    'remove',
    ['forget torrents', 'Forget torrents. Their data stays.'],
    'ccbt remove 3 --data',
  )
  remove.option('--data', 'remove their data too')
  remove.argument('<torrents...>', TORRENTS).action(async (words: string[]) => {
    const { runAction } = await import('../commands/torrent-actions.ts')
    const flags = givenFlags<ClientFlags & { data: boolean }>(remove)
    onExit(await runAction(words, { type: 'remove', deletesData: flags.data ?? false }, flags))
  })
}

function defineChanges(program: Command, onExit: OnExit): void {
  const move = define(program, 'move', ['put data elsewhere', 'Move the data of a torrent.'], 'ccbt move 3 /srv/films')
  move.option('--no-data', 'the data is there already')
  move
    .argument('<torrent>', 'which one')
    .argument('<dir>', 'where to')
    .action(async () => {
      const { runMove } = await import('../commands/torrent-actions.ts')
      onExit(await runMove(move.args, givenFlags<ClientFlags & { data: boolean }>(move)))
    })
  const renaming = 'Give a file or folder of a torrent another name, on the disk as well.'
  const rename = define(program, 'rename', ['rename a file', renaming], "ccbt rename 3 'album/01.flac' 'One.flac'")
  rename.argument('<torrent>', 'which one').argument('<path>', 'as `ccbt files` has it')
  rename.argument('<name>', 'the new name, without folders').action(async () => {
    const { runRename } = await import('../commands/torrent-actions.ts')
    onExit(await runRename(rename.args, givenFlags<ClientFlags>(rename)))
  })
  const limit = define(
    program,
    'limit',
    ['limit rates', 'Limit torrents, those with a label together, or without either all of them together.'],
    'ccbt limit --download 5M',
    'ccbt limit 3 --upload 0',
    'ccbt limit --label films --download 5M --upload config',
  )
  limit.option('--label <name>', 'the torrents that have it as their first label; without a rate, show their limits')
  const meaning = 'bytes per second; 0 = no limit, config (of a label) = as the configuration says'
  limit.option('--download <rate>', meaning, rateOrConfig).option('--upload <rate>', meaning, rateOrConfig)
  limit.argument('[torrents...]', TORRENTS).action(async (words: string[]) => {
    const { runLimit } = await import('../commands/torrent-actions.ts')
    onExit(await runLimit(words, givenFlags<LimitFlags>(limit)))
  })
  const label = define(
    program,
    'label',
    ['label a torrent', 'Replace the labels of a torrent.'],
    'ccbt label 3 films new',
  )
  label.argument('<torrent>', 'which one').argument('[labels...]', 'none = take them away')
  label.action(async (word: string, labels: string[]) => {
    const { runAction } = await import('../commands/torrent-actions.ts')
    onExit(await runAction([word], { type: 'label', labels }, givenFlags<ClientFlags>(label)))
  })
  const queue = define(program, 'queue', ['change whose turn it is', 'Move torrents in the queue.'], 'ccbt queue top 3')
  queue.addArgument(new Argument('<to>', 'where to').choices(['top', 'up', 'down', 'bottom']))
  queue.argument('<torrents...>', TORRENTS)
  queue.action(async (to: 'top' | 'up' | 'down' | 'bottom', words: string[]) => {
    const { runAction } = await import('../commands/torrent-actions.ts')
    onExit(await runAction(words, { type: 'queue', to }, givenFlags<ClientFlags>(queue)))
  })
  const text = 'Say which files of a torrent come first, or not at all.'
  const priority = define(program, 'priority', ['choose files', text], "ccbt priority 3 '*.nfo' skip")
  priority.argument('<torrent>', 'which one').argument('<files>', "indexes or patterns: 0,2-5 or '*.iso'")
  priority.argument('<level>', 'skip, low, normal, high, or 0 to 7').action(async () => {
    const { runPriority } = await import('../commands/torrent-actions.ts')
    onExit(await runPriority(priority.args, givenFlags<ClientFlags>(priority)))
  })
}

function defineExport(program: Command, onExit: OnExit): void {
  const about =
    'Write torrents with their settings, totals and what is known of their data to a folder, for `ccbt import ccbt`.'
  const command = define(program, 'export', ['write torrents to a folder', about], 'ccbt export ~/torrents')
  command.argument('<dir>', 'made when missing').argument('[torrents...]', `${TORRENTS} (default: all)`)
  command.action(async (folder: string, words: string[]) => {
    const { runExport } = await import('../commands/export.ts')
    onExit(await runExport(folder, words, givenFlags<ClientFlags>(command)))
  })
}

function defineImport(program: Command, onExit: OnExit): void {
  const command = define(
    program,
    'import',
    [
      'take over from another program',
      'Add the torrents of another program, which must not run meanwhile. Their data stays where it is and is verified; that of ccbt is believed as far as its files are as they were.',
    ],
    'ccbt import qbittorrent ~/.local/share/qBittorrent/BT_backup',
    'ccbt import transmission ~/.config/transmission-daemon --paused',
  )
  command
    .addArgument(
      new Argument('<program>', 'whose torrents').choices(['qbittorrent', 'transmission', 'rtorrent', 'ccbt']),
    )
    .argument('<dir>', 'BT_backup, the configuration folder, the session folder or that of an export')
    .option('--paused', 'start none of them')
    .action(async (from: ImportSource, folder: string) => {
      const { runImport } = await import('../commands/import.ts')
      onExit(await runImport(from, folder, givenFlags<ImportFlags>(command)))
    })
}

function defineFollowing(program: Command, onExit: OnExit): void {
  const about = 'Print a line whenever a torrent gets to another state, until Ctrl-C.'
  const watch = define(program, 'watch', ['follow torrents', about], 'ccbt watch 3 --until-complete')
  watch.option('--until-complete', 'end when all of them are complete')
  watch.argument('[torrents...]', TORRENTS).action(async (words: string[]) => {
    const { runWatch } = await import('../commands/torrent-watch.ts')
    onExit(await runWatch(words, givenFlags<WatchFlags>(watch)))
  })
  const top = define(
    program,
    'top',
    ['show the busiest torrents', 'Show the busiest torrents until Ctrl-C.'],
    'ccbt top',
  )
  top.action(async () => {
    const { runTop } = await import('../commands/torrent-watch.ts')
    onExit(await runTop(givenFlags<ClientFlags>(top)))
  })
}
