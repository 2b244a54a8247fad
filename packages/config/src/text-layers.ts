// Layers that are given as text: environment variables and `section.key=value` arguments.

import { nearest } from './nearest.ts'
import { readText } from './read-settings.ts'
import { SETTING_KEYS } from './schema.ts'
import type { SettingKey } from './schema.ts'
import { wordLayer } from './settings.ts'
import type { Layer, LayerKind } from './settings.ts'
import type { Value } from './value.ts'

/** A layer, and what is wrong with what it was made of. */
export interface LayerResult {
  readonly layer: Layer
  readonly problems: readonly string[]
}

/** The variable of a setting: `CCBT_LIMITS__DOWNLOAD`. */
export function variableName(key: SettingKey): string {
  return `CCBT_${key.replace('.', '__').toUpperCase()}`
}

const BY_VARIABLE: ReadonlyMap<string, SettingKey> = new Map(SETTING_KEYS.map((key) => [variableName(key), key]))

/** The layer of `CCBT_SECTION__KEY` variables; other names that begin with `CCBT_` are somebody else's. */
export function environmentLayer(env: Readonly<Record<string, string | undefined>>, folder: string): LayerResult {
  const given = Object.entries(env).flatMap(([name, text]) =>
    /^CCBT_[^_].*__/.test(name) && text !== undefined ? [{ name, text, where: name }] : [],
  )
  return textLayer('environment', given, (name) => BY_VARIABLE.get(name) ?? name, folder)
}

/** The layer of `section.key=value` arguments; of two for one setting the later one counts. */
export function argumentLayer(args: readonly string[], folder: string): LayerResult {
  const given = args.map((arg) => {
    const at = arg.indexOf('=')
    const name = at < 0 ? arg : arg.slice(0, at)
    return { name: name.trim(), text: at < 0 ? undefined : arg.slice(at + 1), where: `--set ${name.trim()}` }
  })
  return textLayer('argument', given, (name) => name, folder)
}

interface GivenText {
  readonly name: string
  readonly text: string | undefined
  readonly where: string
}

function textLayer(
  kind: LayerKind,
  given: readonly GivenText[],
  keyOf: (name: string) => string,
  folder: string,
): LayerResult {
  const found = new Map<SettingKey, { value: Value; where: string }>()
  const problems: string[] = []
  for (const { name, text, where } of given) {
    const read = text === undefined ? 'expects section.key=value' : readText(keyOf(name), text, folder)
    if (typeof read === 'string') problems.push(`${where}: ${kind === 'environment' ? unknownVariable(name) : read}`)
    else if ('problem' in read) problems.push(`${where}: ${read.problem}`)
    else found.set(read.key, { value: read.value, where })
  }
  return { layer: wordLayer(kind, found), problems }
}

function unknownVariable(name: string): string {
  const like = nearest(
    name.toLowerCase(),
    Array.from(BY_VARIABLE.keys(), (known) => known.toLowerCase()),
  )
  return `no such setting${like === undefined ? '' : `, did you mean ${like.toUpperCase()}?`}`
}
