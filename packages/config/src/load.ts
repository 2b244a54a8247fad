// Puts a configuration together. What counts more comes later: defaults, /etc, the user's file, the profile, what was
// changed at run time, rules, torrents' own files, the environment, --set, other flags. Nothing is ever written here.

import { isDeepStrictEqual } from 'node:util'
import type { TorrentFacts } from '@ccbt/metainfo'
import type { AlertDefinition } from './alerts.ts'
import { mergeAutomation } from './automation.ts'
import type { Automation } from './automation.ts'
import { readDocument } from './document.ts'
import { collectProblems, configInvalid } from './errors.ts'
import { readMainFile } from './main-file.ts'
import type { MainFile } from './main-file.ts'
import { runTimeFile, torrentConfigFile } from './places.ts'
import type { ConfigPlaces } from './places.ts'
import { likely, readSettings } from './read-settings.ts'
import { RuleMatcher } from './rules.ts'
import type { Rule } from './rules.ts'
import { documentLayer, Settings } from './settings.ts'
import type { Layer } from './settings.ts'
import { argumentLayer, environmentLayer } from './text-layers.ts'

/** What a configuration is made of. */
export interface ConfigRequest {
  readonly places: ConfigPlaces
  /** A table `[profiles.NAME]` that one of the files has. */
  readonly profile?: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** `section.key=value` each. */
  readonly sets: readonly string[]
  /** Counts most. */
  readonly flags: Layer
  /** Relative paths of defaults, variables and arguments are below it. */
  readonly folder: string
  /** Where state lives unless `paths.state` says so. */
  readonly stateFolder: string
}

/** What applies to one torrent. */
export interface TorrentConfig {
  readonly settings: Settings
  /** The rules that it fits. */
  readonly rules: readonly Rule[]
  /** Every file that had a say or would have one if it were there. */
  readonly files: readonly string[]
  /** What is left out, and why; one line each. */
  readonly warnings: readonly string[]
}

/**
 * Reads the configuration.
 * @throws CcbtError CONFIG_INVALID with all problems
 * @example
 * const config = await loadConfig({ places: configPlaces(process.env), ... })
 * config.session.get('limits.download') // bytes per second
 */
export async function loadConfig(request: ConfigRequest): Promise<Config> {
  const { places, folder, profile } = request
  const problems: string[] = []
  const files = [await readMain(places.system, 'system', problems), await readUser(places, problems)]
  const found = files.filter((file) => file !== undefined)
  const profiles = found.flatMap((file) => file.profiles.get(profile ?? '') ?? [])
  if (profile !== undefined && profiles.length === 0) {
    const names = found.flatMap((file) => [...file.profiles.keys()])
    problems.push(`--profile ${profile}: no such profile${likely(profile, names)}`)
  }
  const base = [...found.map(({ layer }) => layer), ...profiles]
  const environment = environmentLayer(request.environment, folder)
  const args = argumentLayer(request.sets, folder)
  problems.push(...environment.problems, ...args.problems)
  const top = [environment.layer, args.layer, request.flags]
  const stateFolder = new Settings([...base, ...top], folder).get('paths.state') ?? request.stateFolder
  base.push(...(await readLayer(runTimeFile(stateFolder), 'run-time', problems)))
  if (problems.length > 0) throw configInvalid(problems)
  const rules = new RuleMatcher(found.flatMap((file) => file.rules))
  const alerts = found.flatMap((file) => file.alerts)
  const automation = mergeAutomation(found.map((file) => file.automation))
  return new Config({ request, stateFolder, base, top, rules, alerts, automation })
}

interface ConfigParts {
  readonly request: ConfigRequest
  readonly stateFolder: string
  /** What counts less than rules and torrents' files. */
  readonly base: readonly Layer[]
  /** What counts more. */
  readonly top: readonly Layer[]
  readonly rules: RuleMatcher
  readonly alerts: readonly AlertDefinition[]
  readonly automation: Automation
}

/** A configuration that was read without a problem. */
export class Config {
  /** What applies to all torrents together. */
  readonly session: Settings
  /** Where state lives. */
  readonly stateFolder: string
  /** Those of all files; the later one of a name counts. */
  readonly alerts: readonly AlertDefinition[]
  /** What a daemon does by itself, of all files. */
  readonly automation: Automation
  readonly #parts: ConfigParts

  constructor(parts: ConfigParts) {
    const { base, top, request } = parts
    this.session = new Settings([...base, ...top], request.folder)
    this.stateFolder = parts.stateFolder
    this.alerts = parts.alerts
    this.automation = parts.automation
    this.#parts = parts
  }

  /**
   * What applies to a torrent. Its own files are read.
   * @throws CcbtError CONFIG_INVALID for a file of the torrent
   */
  async forTorrent(facts: TorrentFacts): Promise<TorrentConfig> {
    return this.withOwn(facts, await readOwn(torrentFiles(this.#parts.request.places, facts)))
  }

  /** Whether every torrent has the same settings by both. */
  isSameForTorrents(other: Config): boolean {
    return isDeepStrictEqual(this.#forTorrents(), other.#forTorrents())
  }

  #forTorrents(): unknown {
    const { base, top, rules } = this.#parts
    const layers = [...base, ...top].map(({ kind, values }) => [kind, values])
    return [layers, rules.rules.map(({ when, layer }) => [when, layer.values])]
  }

  /** The same without reading anything: `own` is what the torrent's own files say, the later one counts more. */
  withOwn(facts: TorrentFacts, own: readonly Layer[]): TorrentConfig {
    const { request, base, top, rules } = this.#parts
    const label = new Settings([...base, ...own, ...top], request.folder).get('torrent.label')
    const matched = rules.matching({ ...(label === undefined ? {} : { labels: [label] }), ...facts })
    const layers = [...base, ...matched.map(({ layer }) => layer), ...own, ...top]
    const ownFiles = torrentFiles(request.places, facts)
    return {
      settings: new Settings(layers, request.folder),
      rules: matched,
      files: [request.places.system, request.places.user, runTimeFile(this.stateFolder), ...ownFiles],
      warnings: rules.problems,
    }
  }
}

/** A torrent's own files; the later one counts more. */
function torrentFiles(places: ConfigPlaces, { infoHash, file }: TorrentFacts): string[] {
  const own = torrentConfigFile(places, infoHash)
  return file === undefined ? [own] : [own, `${file}.toml`]
}

async function readOwn(paths: readonly string[]): Promise<Layer[]> {
  const problems: string[] = []
  const layers: Layer[] = []
  for (const path of paths) layers.push(...(await readLayer(path, 'torrent', problems)))
  if (problems.length > 0) throw configInvalid(problems)
  return layers
}

/** The layer of a file with nothing but settings; none when there is no such file. */
export async function readLayer(path: string, kind: 'torrent' | 'run-time', problems: string[]): Promise<Layer[]> {
  const document = await collectProblems(readDocument(path), problems)
  if (document === undefined) return []
  const read = readSettings({ document, path: [], isForTorrent: kind === 'torrent' })
  problems.push(...read.problems)
  return [documentLayer(kind, document, read)]
}

async function readMain(path: string, kind: 'system' | 'user', problems: string[]): Promise<MainFile | undefined> {
  const document = await collectProblems(readDocument(path), problems)
  if (document === undefined) return undefined
  const file = readMainFile(document, kind)
  problems.push(...file.problems)
  return file
}

async function readUser(places: ConfigPlaces, problems: string[]): Promise<MainFile | undefined> {
  const known = problems.length
  const file = await readMain(places.user, 'user', problems)
  if (file === undefined && places.isUserNamed && problems.length === known) {
    problems.push(`${places.user}: no such file (--config names it)`)
  }
  return file
}
