// The daemon's settings as the page lists them.

import type { SettingView } from '@ccbt/rpc-client'

/** Settings that belong together. */
export interface SettingSection {
  /** What stands before the dot of their keys. */
  readonly name: string
  readonly settings: readonly SettingView[]
}

/** Those with all words of the text in their key, description or value, section by section. */
export function findSettings(settings: readonly SettingView[], text: string): SettingSection[] {
  const words = text.toLowerCase().split(/\s+/)
  const found = settings.filter(({ key, description, value = '' }) => {
    const all = `${key} ${description} ${value}`.toLowerCase()
    return words.every((word) => all.includes(word))
  })
  const sections = Map.groupBy(found, ({ key }) => key.slice(0, key.indexOf('.')))
  return Array.from(sections, ([name, members]) => ({ name, settings: members }))
}

/** Where the value comes from, in a few words. */
export function sourceText({ source, where }: SettingView): string {
  if (source === 'default') return 'default'
  return source === 'run-time' ? 'changed at run time' : `from ${where}`
}

/** Whether it was changed while the daemon ran, which can be taken back. */
export function isChanged({ source }: SettingView): boolean {
  return source === 'run-time' || source === 'remote'
}

/** What there is to pick; none for what is typed. */
export function choicesOf({ type, choices }: SettingView): readonly string[] {
  return type === 'boolean' ? ['true', 'false'] : choices
}
