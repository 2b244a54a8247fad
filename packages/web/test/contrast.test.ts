// The colours of the style sheet against WCAG 2.2: 4.5 for text, 3 for signs.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

const css = readFileSync(join(import.meta.dirname, '../src/style/10-tokens.css'), 'utf8')

function tokens(selector: string): ReadonlyMap<string, string> {
  const block = css.slice(css.indexOf(selector), css.indexOf('}', css.indexOf(selector)))
  return new Map(
    Array.from(block.matchAll(/--([\w-]+): (#[\da-f]{6});/g), ([, name = '', value = '']) => [name, value]),
  )
}

function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return value <= 0.040_45 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(a: string, b: string): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].toSorted((x, y) => x - y)
  return (light + 0.05) / (dark + 0.05)
}

const schemes = { light: tokens(':root {'), dark: tokens(":root[data-theme='dark'] {") }
const grounds = ['ground', 'raised', 'hover', 'chosen']

describe.each(Object.entries(schemes))('the %s colours', (_, colours) => {
  const of = (name: string): string => colours.get(name) ?? expect.fail(`there is no --${name}`)

  it.each(['text', 'muted', 'down', 'up', 'wait', 'bad'])('--%s is readable on every ground', (name) => {
    for (const ground of grounds) {
      expect.soft(contrast(of(name), of(ground)), `${name} on ${ground}`).toBeGreaterThanOrEqual(4.5)
    }
  })

  it('the supply of pieces is told by how light it is', () => {
    const shades = ['track', 'supply-few', 'supply-one', 'down']
    for (const [n, a] of shades.entries()) {
      for (const b of shades.slice(n + 1)) {
        expect.soft(contrast(of(a), of(b)), `${a} beside ${b}`).toBeGreaterThanOrEqual(1.5)
      }
    }
  })

  it('buttons and the ring around what has the focus stand out', () => {
    expect(contrast(of('on-accent'), of('accent'))).toBeGreaterThanOrEqual(4.5)
    expect(contrast(of('on-accent'), of('accent-hover'))).toBeGreaterThanOrEqual(4.5)
    for (const ground of grounds) expect(contrast(of('focus'), of(ground))).toBeGreaterThanOrEqual(3)
  })
})
