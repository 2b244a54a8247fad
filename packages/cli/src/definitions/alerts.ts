// `ccbt alerts` with its arguments, options and help.

import type { Command } from 'commander'
import { time } from './argument-parsers.ts'
import { addClientOptions } from './client-options.ts'
import type { ClientFlags } from './client-options.ts'
import type { SilenceFlags } from '../commands/alerts.ts'
import { givenFlags } from './config-options.ts'
import type { OnExit } from './transfers.ts'
import { examples } from './examples.ts'

/** `ccbt alerts`. */
export function defineAlerts(program: Command, onExit: OnExit): void {
  const alerts = program
    .command('alerts')
    .summary('see what worries the daemon')
    .description('Alerts of the daemon: what fires, whether people are told, and when not.')
    .addHelpText('after', examples('ccbt alerts list', 'ccbt alerts test', 'ccbt alerts silence stalled --for 12h'))
  const list = addClientOptions(alerts.command('list').description('Print what fires, and what is looked for.'))
  list.addHelpText('after', examples('ccbt alerts list --json')).action(async () => {
    const { runAlertsList } = await import('../commands/alerts.ts')
    onExit(await runAlertsList(givenFlags<ClientFlags>(list)))
  })
  const test = addClientOptions(alerts.command('test').description('Tell people a test in every way.'))
  test
    .argument('[rule]', 'as if this one fired')
    .addHelpText('after', examples('ccbt alerts test', 'ccbt alerts test free-space'))
    .action(async (rule: string | undefined) => {
      const { runAlertsTest } = await import('../commands/alerts.ts')
      onExit(await runAlertsTest(rule, givenFlags<ClientFlags>(test)))
    })
  const silence = addClientOptions(alerts.command('silence').description('Tell nobody for a while.'))
  silence
    .argument('<rule>', "name of a rule, or 'all'")
    .requiredOption('--for <time>', 'how long: 30m, 12h, 7d; 0s ends the silence', time)
    .addHelpText('after', examples('ccbt alerts silence stalled --for 12h', 'ccbt alerts silence all --for 0s'))
    .action(async (rule: string) => {
      const { runAlertsSilence } = await import('../commands/alerts.ts')
      onExit(await runAlertsSilence(rule, givenFlags<SilenceFlags>(silence)))
    })
}
