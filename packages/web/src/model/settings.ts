// The daemon's settings as the schema of its configuration file tells them.

import schema from '../../../../docs/config.schema.json' with { type: 'json' }

/** One setting. */
export interface Setting {
  /** `section.key`, as `--set` takes it. */
  readonly key: string
  readonly description: string
  /** As the configuration file has it; '' = none. */
  readonly preset: string
}

interface Property {
  readonly description?: string
  readonly default?: unknown
}

/** Sections that are not lists of settings: named copies of the others, and rules about them. */
const NO_SETTINGS: ReadonlySet<string> = new Set(['profiles', 'rule'])

/** All settings in the order of the schema. */
export function allSettings(): readonly Setting[] {
  const sections: readonly (readonly [string, object])[] = Object.entries(schema.properties)
  return sections.flatMap(([section, spec]) => {
    if (NO_SETTINGS.has(section) || !('properties' in spec)) return []
    const properties = Object.entries(spec.properties as Readonly<Record<string, Property>>)
    return properties.map(([key, { description = '', default: preset }]) => ({
      key: `${section}.${key}`,
      description,
      preset: preset === undefined ? '' : JSON.stringify(preset),
    }))
  })
}

/** Those with all words of the text in their key or description. */
export function findSettings(settings: readonly Setting[], text: string): Setting[] {
  const words = text.toLowerCase().split(/\s+/)
  return settings.filter(({ key, description }) => {
    const all = `${key} ${description}`.toLowerCase()
    return words.every((word) => all.includes(word))
  })
}
