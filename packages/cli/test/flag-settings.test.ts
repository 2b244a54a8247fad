import { SCHEMA } from '@ccbt/config'
import { describe, expect, it } from 'vitest'
import { FLAGS, flagLayer } from '../src/configuration/flag-settings.ts'
import { createProgram } from '../src/program.ts'

const options = createProgram(() => {})
  .commands.flatMap((command) =>
    /^(?:add|seed|daemon)$/.test(command.name()) ? [command].concat(command.commands) : [],
  )
  .flatMap((command) => command.options)

describe('flags that are settings', () => {
  it.each(Object.entries(FLAGS))('%s is a flag, told as it is typed', (name, [key, where]) => {
    expect(SCHEMA).toHaveProperty([key])
    const long = new Set(options.filter((option) => option.attributeName() === name).map((option) => option.long))
    expect(where.split(', ').every((flag) => long.has(flag))).toBe(true)
  })

  it('count as given; paths are those of the working folder', () => {
    const layer = flagLayer({ output: 'x', downloadLimit: 5, dht: false })
    expect(Object.fromEntries(layer.values)).toEqual({
      'paths.download': `${process.cwd()}/x`,
      'limits.download': 5,
      'dht.enabled': false,
    })
    expect(layer.where('limits.download')).toBe('--download-limit')
  })

  it('a goal asks for seeding, but a word about seeding goes before', () => {
    expect(flagLayer({ seedRatio: 2 }).values.get('seeding.enabled')).toBe(true)
    expect(flagLayer({ seedTime: 2, seed: false }).values.get('seeding.enabled')).toBe(false)
    expect(flagLayer({}).values.size).toBe(0)
  })
})
