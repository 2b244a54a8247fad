// A daemon's configuration: read at the start, again when its files change or somebody asks, and what of it can change at
// once does.

import { readFile } from 'node:fs/promises'
import {
  changeAtRunTime,
  changes,
  isSettingKey,
  maskedValue,
  runTimeFile,
  sessionOptions,
  unknownKey,
  watchConfig,
  watchFolders,
} from '@ccbt/config'
import type { Change, Config, Settings, SettingKey } from '@ccbt/config'
import { parseEndpoint } from '@ccbt/address'
import type { Endpoint } from '@ccbt/address'
import type { Daemon, DaemonOptions, RemoteOptions, SettingChange, SettingsAccess, TlsFiles } from '@ccbt/daemon'
import { isCcbtError } from '@ccbt/primitives'
import type { ReloadOutcome, SettingView } from '@ccbt/rpc-client'
import type { ConfigFlags } from '../definitions/config-options.ts'
import { configRequest, loadConfiguration } from '../configuration/configuration.ts'
import type { DaemonTorrents, TorrentReload } from './torrents.ts'
import { errnoOf, inputError, usageError } from '../errors.ts'
import { automationOptions, downloadDirectory, followConfiguration, tableChanges } from './followed-settings.ts'
import type { SettingFlags } from '../configuration/flag-settings.ts'
import { labelChanges, labelLimits } from '../configuration/label-limits.ts'
import { settingView, settingViews } from './setting-views.ts'
import type { SettingScene } from './setting-views.ts'
import { clientVersion } from '../version.ts'
import { watchOptions } from './watch-settings.ts'

/** The parsed flags of `ccbt daemon run` and `start`; what was not given is absent. */
export interface DaemonFlags extends ConfigFlags {
  /** False = no remote control over TCP. */
  readonly http?: readonly Endpoint[] | false
  readonly auth?: boolean
  readonly downloadDir?: string
  readonly stateDir?: string
  readonly json?: boolean
}

/** What a daemon is started with, but for who is told of what. */
export type StartOptions = Pick<
  DaemonOptions,
  'version' | 'session' | 'downloadDirectory' | 'roots' | 'remote' | 'automation' | 'metrics' | 'log' | 'alerts'
>

/** Reads what a daemon needs. Rejects with CONFIG_INVALID, CLI_USAGE, CLI_FILE_UNREADABLE. */
export async function startOptions(config: Config, flags: DaemonFlags): Promise<StartOptions> {
  const { session } = config
  const roots = session.get('daemon.roots')
  const addresses = addressesOf(session, flags)
  return {
    version: clientVersion(),
    session: { ...sessionOptions(session, config.stateFolder), labelLimits: labelLimits(config.automation) },
    downloadDirectory: downloadDirectory(session),
    automation: automationOptions(config),
    ...watchOptions(config),
    ...(roots === undefined ? {} : { roots }),
    ...(addresses.length === 0 ? {} : { remote: await remoteOptions(session, addresses) }),
  }
}

/** The layer of settings that a daemon's flags are. */
export function settingFlags(flags: DaemonFlags): ConfigFlags & SettingFlags {
  const { config, profile, set, stateDir, downloadDir, auth } = flags
  return {
    ...(config === undefined ? {} : { config }),
    ...(profile === undefined ? {} : { profile }),
    ...(set === undefined ? {} : { set }),
    ...(stateDir === undefined ? {} : { stateDir }),
    ...(downloadDir === undefined ? {} : { output: downloadDir }),
    ...(auth === undefined ? {} : { auth }),
  }
}

function addressesOf(settings: Settings, { http }: DaemonFlags): readonly Endpoint[] {
  if (http === false) return []
  return http ?? settings.get('daemon.http').map(parseEndpoint)
}

async function remoteOptions(settings: Settings, addresses: readonly Endpoint[]): Promise<RemoteOptions> {
  const hostNames = settings.get('daemon.hostnames')
  const basePath = settings.get('daemon.base_path')
  const trustedProxies = settings.get('daemon.trusted_proxies')
  const tls = await tlsFiles(settings)
  return {
    addresses,
    isOpen: !settings.get('daemon.auth'),
    ...(hostNames === undefined ? {} : { hostNames }),
    ...(basePath === undefined ? {} : { basePath }),
    ...(trustedProxies === undefined ? {} : { trustedProxies }),
    ...(tls === undefined ? {} : { tls }),
  }
}

async function tlsFiles(settings: Settings): Promise<TlsFiles | undefined> {
  const [certificate, key] = [settings.get('daemon.tls_cert'), settings.get('daemon.tls_key')]
  if (certificate === undefined && key === undefined) return undefined
  if (certificate === undefined || key === undefined) {
    throw usageError('daemon.tls_cert', 'daemon.tls_cert and daemon.tls_key need each other')
  }
  return { certificate: await readPem(certificate), key: await readPem(key) }
}

async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw inputError('CLI_FILE_UNREADABLE', `cannot read ${path}: ${errnoOf(error) ?? String(error)}`, { path })
  }
}

/** Where the configuration of a running daemon goes. */
export interface Follower {
  readonly daemon: Daemon
  /** What `config` was made of. */
  readonly flags: ConfigFlags & SettingFlags
  readonly config: Config
  readonly torrents: DaemonTorrents
  onReload(outcome: ReloadOutcome): void
}

/** Keeps a daemon at what its configuration says. */
export class DaemonConfiguration implements Disposable, SettingsAccess {
  readonly #follower: Follower
  readonly #watch = new DisposableStack()
  #now: Config
  /** The change that is being made; those after it wait. */
  #working: Promise<unknown> = Promise.resolve()

  constructor(follower: Follower) {
    this.#follower = follower
    this.#now = follower.config
    const { places } = configRequest(follower.flags)
    const files = [places.system, places.user, runTimeFile(follower.config.stateFolder)]
    const load = async (): Promise<{ settings: Settings; files: readonly string[]; config: Config }> => {
      const config = await this.#load()
      return { settings: config.session, files, config }
    }
    const onChange = async (names: ReadonlySet<string>): Promise<void> => void (await this.#refresh(names))
    const folders = [places.torrents, ...follower.config.automation.watch.map(({ path }) => path)]
    this.#watch.use(watchFolders({ folders, onChange }))
    const onFailure = (error: unknown): void =>
      follower.onReload({ changes: [], problems: [`it is not watched any more: ${String(error)}`] })
    const watch = watchConfig({
      now: { settings: this.#now.session, files, config: this.#now },
      load,
      tellsAlways: true,
      onReload: (reload) => {
        // What was read here may be older than a change that waits for its turn.
        if (reload.kind === 'changed') void this.#inTurn(() => this.#readAgain(false)).catch(onFailure)
        else follower.onReload({ changes: [], problems: reload.problems })
      },
      onFailure,
    })
    this.#watch.use(watch)
  }

  /** Reads everything again now. */
  async reload(): Promise<ReloadOutcome> {
    const outcome = await this.#inTurn(() => this.#readAgain(true))
    const own = await this.#refresh()
    return {
      changes: outcome.changes,
      torrents: [...(outcome.torrents ?? []), ...own.torrents],
      problems: [...outcome.problems, ...own.problems],
    }
  }

  list(isOwner: boolean): readonly SettingView[] {
    return settingViews(this.#scene(isOwner))
  }

  /** One after the other: each is kept beside those before it. Rejects with CONFIG_INVALID, CLI_USAGE. */
  async change(change: SettingChange): Promise<SettingView> {
    return await this.#inTurn(() => this.#change(change))
  }

  [Symbol.dispose](): void {
    this.#watch.dispose()
  }

  /** With `isAsked`, a renewed certificate is looked for although its path is the same. */
  async #readAgain(isAsked: boolean): Promise<ReloadOutcome> {
    try {
      return await this.#adopt(await this.#load(), { isAsked })
    } catch (error) {
      if (!isCcbtError(error, 'CONFIG_INVALID')) throw error
      const outcome = { changes: [], problems: error.context.problems }
      this.#follower.onReload(outcome)
      return outcome
    }
  }

  async #change({ key, text, isOwner }: SettingChange): Promise<SettingView> {
    if (!isSettingKey(key)) throw usageError(key, unknownKey(key))
    const { locked, isMasked, value } = settingView(this.#scene(isOwner), key)
    if (locked !== '') throw usageError(key, `${key}: ${locked}`)
    if (isMasked && text === value)
      throw usageError(key, `${key}: *** stands for a secret, which has to be written anew`)
    // With a mistake in a file nothing would count that is kept now.
    await this.#load()
    await changeAtRunTime(this.#now.stateFolder, { name: key, text, folder: process.cwd() })
    await this.#adopt(await this.#load(), { decided: [key] })
    return settingView(this.#scene(isOwner), key)
  }

  #scene(isOwner: boolean): SettingScene {
    return { settings: this.#now.session, changed: this.#follower.daemon.changedSettings(), isOwner }
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#working.then(work)
    // Who asked for the one before hears of its failure.
    this.#working = done.catch(() => {})
    return await done
  }

  #load(): Promise<Config> {
    return loadConfiguration(this.#follower.flags)
  }

  async #adopt(config: Config, { isAsked = false, decided = [] }: Adoption): Promise<ReloadOutcome> {
    const old = this.#now
    const found = changes(old.session, config.session)
    this.#now = config
    const { daemon, torrents } = this.#follower
    const keys = found.map(({ key }) => key)
    const problems = [...(await this.#follow(decided)), ...(await this.#apply(keys, isAsked))]
    const reload = await torrents.adopt(config, daemon.torrents())
    const outcome = {
      changes: [
        ...found.map((change) => described(old, config, change)),
        ...tableChanges(old, config),
        ...labelChanges(old, config),
      ],
      torrents: reload.torrents,
      problems: [...problems, ...reload.problems],
    }
    this.#tell(outcome)
    return outcome
  }

  async #refresh(names?: ReadonlySet<string>): Promise<TorrentReload> {
    const { daemon, torrents } = this.#follower
    const reload = await torrents.refresh(daemon.torrents(), names)
    this.#tell({ changes: [], ...reload })
    return reload
  }

  #tell(outcome: ReloadOutcome): void {
    const { changes: found, torrents = [], problems } = outcome
    if (found.length > 0 || torrents.length > 0 || problems.length > 0) this.#follower.onReload(outcome)
  }

  async #follow(decided: readonly SettingKey[]): Promise<string[]> {
    try {
      await followConfiguration(this.#follower.daemon, this.#now, decided)
      return []
    } catch (error) {
      return [`not everything follows: ${error instanceof Error ? error.message : String(error)}`]
    }
  }

  async #apply(keys: readonly SettingKey[], isAsked: boolean): Promise<string[]> {
    if (!isAsked && !keys.includes('daemon.tls_cert') && !keys.includes('daemon.tls_key')) return []
    try {
      const tls = await tlsFiles(this.#now.session)
      if (tls !== undefined) this.#follower.daemon.renew(tls)
      return []
    } catch (error) {
      return [`the certificate stays as it was: ${error instanceof Error ? error.message : String(error)}`]
    }
  }
}

/** How a configuration is taken over. */
interface Adoption {
  readonly isAsked?: boolean
  /** Settings that were just changed. */
  readonly decided?: readonly SettingKey[]
}

function described(old: Config, now: Config, { key, apply }: Change): ReloadOutcome['changes'][number] {
  const [before, after] = [shown(old.session, key), shown(now.session, key)]
  return { key, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }), apply }
}

function shown(settings: Settings, key: SettingKey): string | undefined {
  const value = settings.value(key)
  return value === undefined ? undefined : maskedValue(key, value).text
}
