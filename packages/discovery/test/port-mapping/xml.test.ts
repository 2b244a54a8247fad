import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { childText, elementsNamed, parseXml } from '../../src/port-mapping/xml.ts'

interface Tree {
  readonly name: string
  readonly text: string
  readonly children: readonly Tree[]
}

const character = fc.constantFrom('a', 'b', ' ', '<', '>', '&', '"', "'", 'é', '世', ';', '#')
const text = fc.string({ unit: character, maxLength: 12 }).map((value) => value.trim())

function treeOf(depth: number): fc.Arbitrary<Tree> {
  return fc.record({
    name: fc.constantFrom('a', 'b', 'service', 'x-1', '_y'),
    text,
    children: depth === 1 ? fc.constant([]) : fc.array(treeOf(depth - 1), { maxLength: 3 }),
  })
}
const tree = treeOf(5)

function written({ name, text, children }: Tree): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  const inside = children.length === 0 ? escaped : `<!-- <x> -->${children.map(written).join('\n ')}<?p > ?>`
  return inside === '' ? `<s:${name} a = "1>" b='"'/>` : `<s:${name} a="'">${inside}</s:${name} >`
}

function read(tree: Tree): unknown {
  const { name, children } = tree
  return { name, text: children.length === 0 ? tree.text : '', children: children.map(read) }
}

describe('parseXml', () => {
  it('reads back what was written', () => {
    fc.assert(
      fc.property(tree, (tree) => {
        expect(parseXml(`\u{FEFF}<?xml version="1.0"?>\n${written(tree)}\n`)).toEqual(read(tree))
      }),
    )
  })

  it('reads no part of what is cut off', () => {
    fc.assert(
      fc.property(tree, fc.nat(), (tree, n) => {
        const whole = written(tree)
        expect(parseXml(whole.slice(0, n % whole.length))).toBeUndefined()
      }),
    )
  })

  it('never throws', () => {
    const piece = fc.constantFrom(
      '<',
      '>',
      '</',
      '/>',
      '<a>',
      '</a>',
      '<!--',
      '-->',
      '<?',
      '?>',
      '"',
      'a',
      '&',
      '&lt;',
      ' ',
    )
    fc.assert(fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => void parseXml(pieces.join(''))))
  })

  it.each([
    ['a document type', '<!DOCTYPE a><a/>'],
    ['an entity', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'],
    ['a CDATA section', '<a><![CDATA[<b>]]></a>'],
    ['two roots', '<a/><b/>'],
    ['crossed tags', '<a><b></a></b>'],
    ['an end without a start', '</a>'],
    ['an open comment', '<a><!-- </a>'],
    ['an attribute without quotes', '<a b=c/>'],
    ['a tag in an attribute', '<a b="<c/>"/>'],
    ['a long name', `<${'a'.repeat(101)}/>`],
    ['nothing', ''],
  ])('does not read %s', (_what, xml) => {
    expect(parseXml(xml)).toBeUndefined()
  })

  it('has limits of size, depth and number', () => {
    const nested = (depth: number): string => '<a>'.repeat(depth) + '</a>'.repeat(depth)
    const many = (count: number): string => `<a>${'<b/>'.repeat(count - 1)}</a>`
    expect(parseXml(nested(16))).toBeDefined()
    expect(parseXml(nested(17))).toBeUndefined()
    expect(parseXml(many(1000))).toBeDefined()
    expect(parseXml(many(1001))).toBeUndefined()
    expect(parseXml(`<a>${'x'.repeat(65_536 - 7)}</a>`)).toBeDefined()
    expect(parseXml(`<a>${'x'.repeat(65_536 - 6)}</a>`)).toBeUndefined()
  })

  it('has no text where references are unknown, and text elsewhere', () => {
    const root = parseXml('<r><a>&copy;</a><b>x &amp; y</b><c>&#60;</c><d>a & b</d><e>1<!-- 2 -->3</e></r>')!
    expect(root.children.map((child) => child.text)).toEqual([undefined, 'x & y', undefined, undefined, undefined])
  })
})

describe('elementsNamed', () => {
  it('finds elements at any depth, in order', () => {
    const root = parseXml('<r><s><t>1</t></s><q><s><t>2</t><s><t>3</t></s></s></q></r>')!
    expect(elementsNamed(root, 's').map((element) => childText(element, 't'))).toEqual(['1', '2', '3'])
  })
})
