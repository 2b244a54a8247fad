// `ccbt dashboard` with its options and help. Its code is loaded only when it runs.

import type { Command } from 'commander'
import { addDaemonOptions } from './client-options.ts'
import type { DashboardFlags } from '../commands/dashboard.ts'
import { givenFlags } from './config-options.ts'
import type { OnExit } from './transfers.ts'
import { examples } from './examples.ts'

/** `ccbt dashboard`. */
export function defineDashboard(program: Command, onExit: OnExit): void {
  const command = program
    .command('dashboard')
    .summary('show the daemon on the whole terminal')
    .description('Show and control the daemon on the whole terminal. ? shows the keys, q quits; torrents go on.')
    .option('--theme <name>', 'dark, light, contrast, color-blind or monochrome', 'dark')
    .option('--lang <code>', 'language: en, ko, pt or zh (default: as the locale says)')
    .option('--no-mouse', 'leave the mouse to the terminal')
  addDaemonOptions(command)
    .addHelpText('after', examples('ccbt dashboard', 'ccbt dashboard --theme light --lang ko'))
    .action(async () => {
      const { runDashboardCommand } = await import('../commands/dashboard.ts')
      onExit(await runDashboardCommand(givenFlags<DashboardFlags>(command)))
    })
}
