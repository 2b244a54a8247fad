// Settings as faces of the daemon show them, and who may change which.

import { expectation, isClosed, maskedValue, SCHEMA, SETTING_KEYS } from '@ccbt/config'
import type { Settings, SettingKey } from '@ccbt/config'
import type { SettingView } from '@ccbt/rpc-client'

/** All settings, as the owner of the daemon or somebody over the network sees them. */
export function settingViews(settings: Settings, isOwner: boolean): SettingView[] {
  return SETTING_KEYS.map((key) => settingView(settings, key, isOwner))
}

/** One of them. */
export function settingView(settings: Settings, key: SettingKey, isOwner: boolean): SettingView {
  const spec = SCHEMA[key]
  const { kind: source, where } = settings.origin(key)
  const value = settings.value(key)
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
    locked: lockOf(settings, key, isOwner),
  }
}

function presetText(preset: boolean | number | string | readonly string[]): string {
  return typeof preset === 'object' ? preset.join(', ') : String(preset)
}

/** What counts more than changes at run time makes them useless. */
const ABOVE_CHANGES: ReadonlySet<string> = new Set(['environment', 'argument', 'flag'])

function lockOf(settings: Settings, key: SettingKey, isOwner: boolean): string {
  const { kind, where } = settings.origin(key)
  if (ABOVE_CHANGES.has(kind)) return `${where} counts more than what is changed here`
  if (key === 'paths.state') return 'what is changed is kept there'
  return isOwner || !isClosed(key) ? '' : "it is changed on the daemon's own machine only: ccbt config set"
}
