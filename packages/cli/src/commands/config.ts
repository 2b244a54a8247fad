// `ccbt config`: looks at the configuration, checks it, keeps changes. The user's files are read, never written.

import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import {
  changeAtRunTime,
  configPlaces,
  isSettingKey,
  jsonSchema,
  loadConfig,
  referenceMarkdown,
  runTimeFile,
  sampleFile,
  SCHEMA,
  SETTING_KEYS,
  TorrentFolder,
  unknownKey,
  written,
} from '@ccbt/config'
import type { Settings, SettingKey, TorrentConfig, Value } from '@ccbt/config'
import { displayText } from '@ccbt/metainfo'
import type { TorrentFacts } from '@ccbt/metainfo'
import { isCcbtError } from '@ccbt/primitives'
import type { ConfigFlags } from '../definitions/config-options.ts'
import { configRequest, loadConfiguration, namedFacts, webNetwork } from '../configuration/configuration.ts'
import { daemonTorrent, inForce } from '../daemon/facts.ts'
import { DaemonTorrents } from '../daemon/torrents.ts'
import { inputError, usageError } from '../errors.ts'
import { EXIT_CODES } from '../exit-codes.ts'
import { jsonLine } from '../output/json-lines.ts'
import { processTerminal } from '../output/terminal.ts'
import { checkOutput, writeOutput } from '../output-file.ts'
import { listenForStop } from '../stop-signals.ts'
import { loadSource } from '../sources/torrent-source.ts'

/** The parsed flags of all commands of `ccbt config`. */
export interface ConfigCommandFlags extends ConfigFlags {
  readonly stateDir?: string
  readonly json?: boolean
  readonly effective?: boolean
  readonly unset?: boolean
  /** Of `init`: the file to write. */
  readonly output?: string
}

/** `ccbt config init`: writes a commented file; returns the exit status, as all of these do. */
export async function runConfigInit({ output }: ConfigCommandFlags): Promise<number> {
  const path = output ?? configPlaces(process.env).user
  if (output === undefined) await makeFolder(dirname(path))
  const file = { path, force: false }
  await refuseTaken(checkOutput(file))
  await refuseTaken(writeOutput(file, Buffer.from(sampleFile())))
  return print(`${displayText(path)} is written; every setting in it is still a remark`)
}

async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 })
}

/** The same refusal without the flag that this command does not have. */
async function refuseTaken(work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!isCcbtError(error, 'CLI_FILE_EXISTS')) throw error
    const { path } = error.context
    throw inputError('CLI_FILE_EXISTS', `${path} is already there and stays as it is`, { path })
  }
}

/** `ccbt config check`: a line for everything that cannot be used. */
export async function runConfigCheck(flags: ConfigCommandFlags): Promise<number> {
  const request = configRequest(settingFlags(flags))
  const folder = new TorrentFolder(request.places.torrents)
  const [main, torrents] = await Promise.all([problemsOf(loadConfig(request)), folder.refresh()])
  const problems = [...main, ...torrents.problems]
  const code = problems.length === 0 ? EXIT_CODES.ok.code : EXIT_CODES.usage.code
  if (flags.json === true) return print(jsonLine({ event: 'checked', problems, torrents: folder.size }), code)
  tellProblems(problems)
  return problems.length > 0 ? code : print(`the configuration is good; ${folder.size} torrents have their own file`)
}

async function problemsOf(work: Promise<unknown>): Promise<readonly string[]> {
  try {
    await work
    return []
  } catch (error) {
    if (!isCcbtError(error, 'CONFIG_INVALID')) throw error
    return error.context.problems
  }
}

/** `ccbt config show`. */
export async function runConfigShow(flags: ConfigCommandFlags): Promise<number> {
  const { session } = await loadConfiguration(settingFlags(flags))
  const keys = SETTING_KEYS.filter((key) => flags.effective === true || session.origin(key).kind !== 'default')
  return printSettings(session, keys, flags.json === true)
}

/** `ccbt config get`. */
export async function runConfigGet(name: string, flags: ConfigCommandFlags): Promise<number> {
  const key = settingKey(name)
  const { session } = await loadConfiguration(settingFlags(flags))
  if (flags.json === true) return print(jsonLine({ key, ...described(session, key) }))
  const value = written(session, key)
  return value === undefined ? EXIT_CODES.ok.code : print(displayText(value))
}

/** `ccbt config set`: keeps the change beside the state. */
export async function runConfigSet(
  name: string,
  value: string | undefined,
  flags: ConfigCommandFlags,
): Promise<number> {
  if ((value === undefined) !== (flags.unset === true)) {
    throw usageError(name, `${name}: give a value or --unset (see: ccbt config set --help)`)
  }
  const { stateFolder } = await loadConfiguration(settingFlags(flags))
  const key = await changeAtRunTime(stateFolder, { name, text: value, folder: process.cwd() })
  const { session } = await loadConfiguration(settingFlags(flags))
  if (flags.json === true) return print(jsonLine({ key, ...described(session, key) }))
  print(settingLine(session, key))
  const { kind } = session.origin(key)
  if (value !== undefined && kind !== 'run-time')
    return print(`kept in ${runTimeFile(stateFolder)}, but the above counts more`)
  return print(SCHEMA[key].apply === 'live' ? 'running transfers take it over' : 'it counts from the next start on')
}

/** `ccbt config explain`. */
export async function runConfigExplain(source: string, flags: ConfigCommandFlags): Promise<number> {
  using stop = listenForStop()
  const { settings, rules, warnings, facts } = await explained(source, flags, stop.signal)
  const keys = SETTING_KEYS.filter((key) => SCHEMA[key].scope === 'torrent')
  if (flags.json === true) {
    const values = Object.fromEntries(keys.map((key) => [key, described(settings, key)]))
    return print(jsonLine({ ...facts, rules: rules.map(({ where }) => where), warnings, settings: values }))
  }
  print(displayText(`${facts.name ?? 'a torrent without a name'}  ${facts.infoHash}`))
  for (const { where } of rules) print(displayText(`fits the rule at ${where}`))
  if (rules.length === 0) print('fits no rule')
  for (const warning of warnings) print(displayText(`warning: ${warning}`))
  return printSettings(settings, keys, false)
}

/** What counts for a torrent file or link, or for a torrent of the daemon. */
async function explained(
  source: string,
  flags: ConfigCommandFlags,
  signal: AbortSignal,
): Promise<TorrentConfig & { readonly facts: TorrentFacts }> {
  const config = await loadConfiguration(settingFlags(flags))
  try {
    const facts = namedFacts(await loadSource(source, { signal, ...webNetwork(config.session) }), source)
    return { ...(await config.forTorrent(facts)), facts }
  } catch (error) {
    if (!isCcbtError(error, 'CLI_FILE_NOT_FOUND')) throw error
    const torrent = await daemonTorrent(source, config.stateFolder)
    if (torrent === undefined) throw error
    const { facts, row } = torrent
    const torrents = new DaemonTorrents(config, configRequest(settingFlags(flags)).places.torrents, tellProblems)
    await torrents.open()
    const told = await torrents.explain(facts)
    return { ...told, settings: told.settings.with([inForce(row, told.settings, config.automation)]), facts }
  }
}

function tellProblems(problems: readonly string[]): void {
  for (const problem of problems) process.stderr.write(`ccbt: ${displayText(problem)}\n`)
}

/** `ccbt config docs`. */
export function runConfigDocs(flags: ConfigCommandFlags): number {
  return print(flags.json === true ? JSON.stringify(jsonSchema(), undefined, 2) : referenceMarkdown().trimEnd())
}

/** What of the flags stands for settings: `output` is not the download folder here. */
function settingFlags({ config, profile, set, stateDir }: ConfigCommandFlags): ConfigFlags & { stateDir?: string } {
  return {
    ...(config === undefined ? {} : { config }),
    ...(profile === undefined ? {} : { profile }),
    ...(set === undefined ? {} : { set }),
    ...(stateDir === undefined ? {} : { stateDir }),
  }
}

function settingKey(name: string): SettingKey {
  if (!isSettingKey(name)) throw usageError(name, unknownKey(name))
  return name
}

function printSettings(settings: Settings, keys: readonly SettingKey[], isJson: boolean): number {
  if (isJson) return print(jsonLine(Object.fromEntries(keys.map((key) => [key, described(settings, key)]))))
  for (const key of keys) print(settingLine(settings, key))
  return EXIT_CODES.ok.code
}

/** `limits.download = 10MB  (user: /home/u/.config/ccbt/config.toml:3:1)` */
function settingLine(settings: Settings, key: SettingKey): string {
  const { kind, where } = settings.origin(key)
  const value = written(settings, key)
  const origin = where === '' ? kind : `${kind}: ${where}`
  return displayText(value === undefined ? `${key} is not set` : `${key} = ${value}  (${origin})`, MAX_LINE_LENGTH)
}

/** Lists and paths may be long. */
const MAX_LINE_LENGTH = 10_000

function described(settings: Settings, key: SettingKey): { value?: Value; from: string; where: string } {
  const { kind, where } = settings.origin(key)
  // The address of a proxy may have a password.
  const value = SCHEMA[key].type === 'proxy' ? written(settings, key) : settings.value(key)
  return { ...(value === undefined ? {} : { value }), from: kind, where }
}

function print(line: string, code: number = EXIT_CODES.ok.code): number {
  processTerminal().line(line)
  return code
}
