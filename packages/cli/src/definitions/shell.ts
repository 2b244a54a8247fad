// The commands about the command itself and this computer. Each one's code is loaded only when it runs.

import { Argument } from 'commander'
import type { Command } from 'commander'
import type { ClientFlags } from './client-options.ts'
import { addDaemonOptions } from './client-options.ts'
import { givenFlags } from './config-options.ts'
import type { OnExit } from './transfers.ts'
import { examples } from './examples.ts'

/** `ccbt doctor`, `completion` and `man`. */
export function defineShell(program: Command, onExit: OnExit): void {
  const doctor = program
    .command('doctor')
    .summary('find out what is wrong')
    .description('Look at settings, folders, disk, open files, ports, names, clock and daemon. Changes nothing.')
  addDaemonOptions(doctor)
    .option('--json', 'one JSON object per line')
    .addHelpText('after', examples('ccbt doctor'))
    .action(async () => {
      const { runDoctor } = await import('../commands/doctor.ts')
      onExit(await runDoctor(givenFlags<ClientFlags>(doctor)))
    })
  program
    .command('completion')
    .summary('print a completion script')
    .description('Print a script that lets a shell complete commands and options.')
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish']))
    .addHelpText('after', examples('ccbt completion fish > ~/.config/fish/completions/ccbt.fish'))
    .action(async (shell: 'bash' | 'zsh' | 'fish') => {
      const { runCompletion } = await import('../commands/shell.ts')
      onExit(runCompletion(shell))
    })
  program
    .command('man')
    .summary('print the manual page')
    .description('Print the manual page as man(1) reads it.')
    .addHelpText('after', examples('ccbt man > ccbt.1'))
    .action(async () => {
      const { runMan } = await import('../commands/shell.ts')
      onExit(runMan())
    })
}
