import { readFileSync } from 'node:fs'
import { parse } from 'smol-toml'
import { describe, expect, it } from 'vitest'
import { jsonSchema } from '../src/json-schema.ts'
import { referenceMarkdown, sampleFile } from '../src/reference.ts'
import { SCHEMA, SETTING_KEYS } from '../src/schema.ts'
import { parseSample } from './samples.ts'

const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8')

describe('docs/configuration.md', () => {
  it("ends with the schema's reference: ccbt config docs", () => {
    expect(page.slice(page.indexOf('## All settings\n\n'))).toBe(`## All settings\n\n${referenceMarkdown()}`)
  })

  it('has examples without a mistake', () => {
    const examples = Array.from(page.matchAll(/```toml\n([^]*?)```/g), (match) => match[1]!)
    expect(examples.length).toBeGreaterThan(3)
    for (const example of examples) expect(parseSample(example).problems).toEqual([])
  })
})

describe('docs/config.schema.json', () => {
  const text = readFileSync(new URL('../../../docs/config.schema.json', import.meta.url), 'utf8')

  it('is that of the schema: ccbt config docs --json', () => {
    expect(JSON.parse(text)).toEqual(jsonSchema())
  })

  it('knows every setting, and those of a torrent apart', () => {
    const { properties, definitions } = JSON.parse(text) as {
      properties: Sections
      definitions: { torrent: { properties: Sections } }
    }
    for (const key of SETTING_KEYS) {
      const [section, name] = key.split('.') as [string, string]
      expect(properties[section]!.properties[name]).toMatchObject({ description: expect.any(String) })
      const own = definitions.torrent.properties[section]?.properties[name]
      expect(own !== undefined).toBe(SCHEMA[key].scope === 'torrent')
    }
  })
})

type Sections = Record<string, { properties: Record<string, object> }>

describe('the file to begin with', () => {
  it('sets nothing', () => {
    expect(parseSample(sampleFile())).toMatchObject({ problems: [], values: new Map() })
  })

  it('sets everything when its remarks are taken away', () => {
    const { problems, values } = parseSample(sampleFile().replaceAll(/^#(?=[a-z[])/gm, ''))
    expect(problems).toEqual([])
    // An example for settings without a default, the default for all others.
    expect([...values.keys()]).toEqual(SETTING_KEYS)
  })

  it('is TOML that an editor takes', () => {
    expect(Object.keys(parse(sampleFile()))).toContain('limits')
  })
})
