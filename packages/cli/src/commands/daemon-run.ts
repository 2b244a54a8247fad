// `ccbt daemon run`: the daemon in this process, until a signal or remote control ends it.

import { displayText } from '@ccbt/metainfo'
import { loadConfiguration } from '../configuration/configuration.ts'
import { startConfigured } from '../daemon/configured-daemon.ts'
import { settingFlags, startOptions } from '../daemon/settings.ts'
import type { DaemonFlags } from '../daemon/settings.ts'
import { firstPassword, passwordText } from '../daemon/password.ts'
import { EXIT_CODES } from '../exit-codes.ts'
import { boundHeapGrowth } from '../heap-growth.ts'
import { jsonLine } from '../output/json-lines.ts'
import { processTerminal } from '../output/terminal.ts'
import { listenForStop } from '../stop-signals.ts'
import { boundYoungGeneration } from '../young-generation.ts'

/** Of the heap's young generation. Less makes loading slower: what lives for a moment only is kept for good then. */
const YOUNG_BYTES = 16_777_216
/** 5,000 torrents that are listed all the time take half the memory for it; starting them costs a twentieth more. */
const HEAP_GROWTH_PERCENT = 40

/** Runs until the end; returns the exit status. */
export async function runDaemon(flags: DaemonFlags): Promise<number> {
  outliveReaders()
  using stop = listenForStop(['SIGINT', 'SIGTERM'])
  const say = (event: string, facts: object, text: string): void =>
    processTerminal().line(flags.json === true ? jsonLine({ event, ...facts }) : displayText(text))
  const config = await loadConfiguration(settingFlags(flags))
  const options = await startOptions(config, flags)
  if (options.remote?.isOpen === false) {
    const password = await firstPassword(config.stateFolder)
    if (password !== undefined) say('password', { password }, passwordText(password))
  }
  boundYoungGeneration(YOUNG_BYTES)
  boundHeapGrowth(HEAP_GROWTH_PERCENT)
  await using running = await startConfigured({
    config,
    flags: settingFlags(flags),
    options,
    onStop: () => stop.request(),
    ...(flags.json === true && {
      onReload: (outcome) => processTerminal().line(jsonLine({ event: 'configuration', ...outcome })),
    }),
  })
  const { daemon, configuration } = running
  using _ = onHangUp(() => void configuration.reload().catch((error: unknown) => say('error', {}, String(error))))
  const { urls } = await daemon.control.info()
  say(
    'ready',
    { pid: process.pid, socket: daemon.socketPath, urls },
    `ready: ${[daemon.socketPath, ...urls].join(' ')}`,
  )
  await stopped(stop.signal)
  say('stopping', {}, 'stopping')
  return EXIT_CODES.ok.code
}

/** Whoever read the output may go; the daemon stays. */
function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.removeAllListeners('error')
    stream.on('error', () => {})
  }
}

function onHangUp(act: () => void): Disposable {
  process.on('SIGHUP', act)
  return { [Symbol.dispose]: () => process.off('SIGHUP', act) }
}

async function stopped(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  signal.addEventListener('abort', () => resolve(), { once: true })
  if (signal.aborted) resolve()
  await promise
}
