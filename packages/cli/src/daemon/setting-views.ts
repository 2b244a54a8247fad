// Settings as faces of the daemon show them, and who may change which.

import { expectation, isClosed, maskedValue, SCHEMA, SETTING_KEYS } from '@ccbt/config'
import type { Settings, SettingKey, Value } from '@ccbt/config'
import type { SettingView } from '@ccbt/rpc-client'
import { downloadDirectory } from './followed-settings.ts'

/** What is looked at, and by whom. */
export interface SettingScene {
  readonly settings: Settings
  /** By keys: what remote control has changed, which counts more. Undefined = not set any more. */
  readonly changed: ReadonlyMap<string, number | undefined>
  /** The owner of the daemon looks, not somebody over the network. */
  readonly isOwner: boolean
}

/** All settings. */
export function settingViews(scene: SettingScene): SettingView[] {
  return SETTING_KEYS.map((key) => settingView(scene, key))
}

/** One of them. */
export function settingView(scene: SettingScene, key: SettingKey): SettingView {
  const spec = SCHEMA[key]
  const { value, source, where } = effective(scene, key)
  const shown = value === undefined ? undefined : maskedValue(key, value)
  return {
    key,
    description: spec.description,
    type: spec.type,
    accepts: expectation(spec),
    choices: 'choices' in spec ? spec.choices : [],
    ...(spec.default === undefined ? {} : { preset: presetText(spec.default) }),
    ...(shown === undefined ? {} : { value: shown.text }),
    isMasked: shown?.isMasked ?? false,
    source,
    where,
    apply: spec.apply,
    locked: lockOf(scene, key),
  }
}

type Effective = Pick<SettingView, 'source' | 'where'> & { readonly value: Value | undefined }

function effective({ settings, changed }: SettingScene, key: SettingKey): Effective {
  if (changed.has(key)) return { value: changed.get(key), source: 'remote', where: 'remote control' }
  const { kind, where } = settings.origin(key)
  const value = key === 'paths.download' ? downloadDirectory(settings) : settings.value(key)
  return { value, source: kind, where }
}

function presetText(preset: boolean | number | string | readonly string[]): string {
  return typeof preset === 'object' ? preset.join(', ') : String(preset)
}

/** What counts more than changes at run time makes them useless. */
const ABOVE_CHANGES: ReadonlySet<string> = new Set(['environment', 'argument', 'flag'])

function lockOf({ settings, isOwner }: SettingScene, key: SettingKey): string {
  const { kind, where } = settings.origin(key)
  if (ABOVE_CHANGES.has(kind)) return `${where} counts more than what is changed here`
  if (SCHEMA[key].isFileOnly === true) return 'it is set in the configuration file only'
  if (key === 'paths.state') return 'what is changed is kept there'
  return isOwner || !isClosed(key) ? '' : "it is changed on the daemon's own machine only: ccbt config set"
}
