// Layers of settings, and what they come to: for each setting the value of the last layer that has one.

import type { Document } from './document.ts'
import type { ReadSettings } from './read-settings.ts'
import { SCHEMA, SETTING_KEYS } from './schema.ts'
import type { Setting, SettingKey } from './schema.ts'
import { formatValue, parseValue } from './value.ts'
import type { Value } from './value.ts'

/** Where a layer comes from, in the order in which they count: the last one first asked. */
export type LayerKind =
  | 'default'
  | 'system'
  | 'user'
  | 'profile'
  | 'run-time'
  | 'rule'
  | 'torrent'
  | 'environment'
  | 'argument'
  | 'flag'

/** Some settings from one place. */
export interface Layer {
  readonly kind: LayerKind
  readonly values: ReadonlyMap<SettingKey, Value>
  /** Where this layer has the setting: `file:line:column`, a variable or an argument. */
  where(key: SettingKey): string
}

/** The layer of settings that were read from a document. */
export function documentLayer(kind: LayerKind, document: Document, read: ReadSettings): Layer {
  return {
    kind,
    values: new Map(Array.from(read.values, ([key, found]) => [key, found.value])),
    where: (key) => document.locate(read.values.get(key)?.path ?? []),
  }
}

/** A layer whose place is told by a word for each setting. */
export function wordLayer(
  kind: LayerKind,
  found: ReadonlyMap<SettingKey, { readonly value: Value; readonly where: string }>,
): Layer {
  return {
    kind,
    values: new Map(Array.from(found, ([key, { value }]) => [key, value])),
    where: (key) => found.get(key)?.where ?? '',
  }
}

/** Where an effective value comes from. */
export interface Origin {
  readonly kind: LayerKind
  /** Empty for defaults. */
  readonly where: string
}

/** What a stack of layers comes to. */
export class Settings {
  readonly #layers: readonly Layer[]
  readonly #folder: string

  /** The last of `layers` counts most; relative paths among the defaults are those of `folder`. */
  constructor(layers: readonly Layer[], folder: string) {
    this.#layers = layers
    this.#folder = folder
  }

  /** The effective value; `undefined` where nothing is set and there is no default. */
  get<K extends SettingKey>(key: K): Setting<K> {
    // Each layer holds what the key's own spec accepted, so the type follows from the key.
    return this.value(key) as Setting<K>
  }

  /** The same for a key that is not known before. */
  value(key: SettingKey): Value | undefined {
    const layer = this.#layerOf(key)
    return layer === undefined ? defaultOf(key, this.#folder) : layer.values.get(key)
  }

  /** Where the effective value comes from. */
  origin(key: SettingKey): Origin {
    const layer = this.#layerOf(key)
    return layer === undefined ? { kind: 'default', where: '' } : { kind: layer.kind, where: layer.where(key) }
  }

  /** These settings with further layers, which count more. */
  with(layers: readonly Layer[]): Settings {
    return new Settings([...this.#layers, ...layers], this.#folder)
  }

  #layerOf(key: SettingKey): Layer | undefined {
    return this.#layers.findLast((layer) => layer.values.has(key))
  }
}

function defaultOf(key: SettingKey, folder: string): Value | undefined {
  const spec = SCHEMA[key]
  if (spec.default === undefined) return undefined
  const parsed = parseValue(spec, spec.default, folder)
  return 'value' in parsed ? parsed.value : undefined
}

/** A setting whose effective value became another one. */
export interface Change {
  readonly key: SettingKey
  /** Values as {@link formatValue} writes them; `undefined` = not set. */
  readonly before: string | undefined
  readonly after: string | undefined
  readonly apply: 'live' | 'restart'
}

/** What of `keys` is different in `after`. */
export function changes(before: Settings, after: Settings, keys: readonly SettingKey[] = SETTING_KEYS): Change[] {
  return keys.flatMap((key) => {
    if (before.value(key) === after.value(key)) return []
    const change = { before: written(before, key), after: written(after, key) }
    return change.before === change.after ? [] : [{ key, ...change, apply: SCHEMA[key].apply }]
  })
}

/** The effective value as a file has it, without quotes. */
export function written(settings: Settings, key: SettingKey): string | undefined {
  const value = settings.value(key)
  return value === undefined ? undefined : formatValue(SCHEMA[key], value)
}
