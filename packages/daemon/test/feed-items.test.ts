// What is read out of feeds, good and hostile.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { episodeOf } from '../src/feeds/episode.ts'
import { readFeed } from '../src/feeds/feed-items.ts'
import type { FeedItem } from '../src/feeds/feed-items.ts'
import { MAX_XML_LENGTH, parseXml } from '../src/feeds/xml.ts'

function read(xml: string): FeedItem[] | undefined {
  return readFeed(Buffer.from(xml))
}

function rss(items: string): string {
  return `<?xml version="1.0"?><rss version="2.0"><channel><title>t</title>${items}</channel></rss>`
}

describe('a feed', () => {
  it('of RSS 2.0 has enclosures, links, guids and sizes', () => {
    const items = `
      <item><title><![CDATA[A & B <i>]]></title><guid>g1</guid><link>https://x.example/page</link>
        <enclosure type="application/x-bittorrent" url="https://x.example/a.torrent?k=1&amp;l=2" length="734003200"/></item>
      <item><title>Caf&#xe9; &#8212; &nbsp;</title><link>https://x.example/b.torrent</link></item>
      <item><title>no address</title><guid>g3</guid></item>`
    expect(read(rss(items))).toEqual([
      {
        key: 'g1',
        title: 'A & B <i>',
        addresses: ['https://x.example/a.torrent?k=1&l=2', 'https://x.example/page'],
        length: 734_003_200,
      },
      { key: 'https://x.example/b.torrent', title: 'Café — &nbsp;', addresses: ['https://x.example/b.torrent'] },
    ])
  })

  it('of Torznab has magnet links and sizes of its own', () => {
    const [item] =
      read(
        rss(`<item><title>a</title><torrent:contentLength>1</torrent:contentLength><size>5000000000</size>
          <torznab:attr name="magneturl" value="magnet:?xt=urn:btih:x"/>
          <enclosure url="magnet:?xt=urn:btih:y" length="1000"/></item>`),
      ) ?? []
    expect(item).toMatchObject({ addresses: ['magnet:?xt=urn:btih:y', 'magnet:?xt=urn:btih:x'], length: 5e9 })
  })

  it('of Atom has links by their relation', () => {
    const feed = `<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><entry><title>a</title><id>urn:1</id>
      <link href="https://x.example/page"/><link rel="self" href="https://x.example/self"/>
      <link rel="enclosure" href="https://x.example/a.torrent" length="20000000"/></entry></feed>`
    const addresses = ['https://x.example/a.torrent', 'https://x.example/page']
    expect(read(feed)).toEqual([{ key: 'urn:1', title: 'a', addresses, length: 20_000_000 }])
  })

  it('of RSS 1.0 has its items beside the channel, and old ones are not in UTF-8', () => {
    const feed = `<?xml version="1.0" encoding="ISO-8859-1"?><rdf:RDF><channel/>
      <item><title>\xe9</title><link>https://x.example/a</link></item></rdf:RDF>`
    expect(readFeed(Buffer.from(feed, 'latin1'))).toMatchObject([{ title: 'é' }])
  })

  const bomb = `<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">${Array.from(
    { length: 9 },
    (_, n) => `<!ENTITY lol${n + 1} "${`&lol${n};`.repeat(10)}">`,
  ).join('')}]><rss><channel><item><title>&lol9;</title></item></channel></rss>`
  it.each([
    ['a billion laughs', bomb],
    ['an external entity', '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel/></rss>'],
    ['too long', rss(' '.repeat(MAX_XML_LENGTH))],
    ['too deep', `<rss>${'<a>'.repeat(100)}${'</a>'.repeat(100)}</rss>`],
    ['too many elements', rss('<item/>'.repeat(60_000))],
    ['too many attributes', rss(`<item ${Array.from({ length: 100 }, (_, n) => `a${n}="1"`).join(' ')}/>`)],
    ['HTML', '<!doctype html><html><body><p>Log in<br></body></html>'],
    ['cut off', '<rss><channel><item><title>a'],
    ['of crossed tags', '<rss><channel></rss></channel>'],
    ['of two roots', '<rss/><rss/>'],
    ['empty', ''],
    ['JSON', '{"items":[]}'],
  ])('that is %s is none', (_, xml) => {
    expect(read(xml)).toBeUndefined()
  })

  it('gives at most a thousand items, with short titles', () => {
    const title = 'x'.repeat(5000)
    const items = read(
      rss(`<item><title>${title}</title><link>https://x.example</link></item>`.repeat(1500).slice(0, 4_000_000)),
    )
    // Cut off in the middle of an item, it is not well-formed.
    expect(items).toBeUndefined()
    const short = read(
      rss(`<item><title>${title.slice(0, 400)}</title><link>https://x.example</link></item>`.repeat(1500)),
    )
    expect(short).toHaveLength(1000)
    expect(short?.[0]?.title).toHaveLength(300)
  })
})

describe('the reader of XML', () => {
  it('gives back what was written', () => {
    const name = fc.stringMatching(/^[a-z]{1,8}$/)
    // What stands at an edge, or is no character of XML, is not kept.
    const text = fc.string({ maxLength: 20 }).map((value) => value.trim())
    const element = fc.letrec<{ node: Node }>((tie) => ({
      node: fc.record({
        name,
        attributes: fc.dictionary(name, text, { maxKeys: 3, noNullPrototype: true }),
        text,
        children: fc.oneof(
          { maxDepth: 4, depthSize: 'small' },
          fc.constant([]),
          fc.array(tie('node'), { maxLength: 3 }),
        ),
      }),
    })).node
    fc.assert(
      fc.property(element, (node) => {
        expect(plain(parseXml(written(node)))).toEqual(node)
      }),
    )
  })

  it('never throws, and takes a time in proportion to the length, whatever it gets', () => {
    const piece = fc.constantFrom(
      '<',
      '>',
      '/',
      '<a',
      ' a="',
      '"',
      "'",
      '&',
      '#x',
      ';',
      ']]>',
      '<![CDATA[',
      '<!--',
      'a',
      ' ',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 200 }), (pieces) => {
        parseXml(pieces.join(''))
      }),
    )
    for (const unit of ['<a ', '<!--', '&#', '<a b="', ' ', '<![CDATA[', '<a>&']) {
      expect(parseXml(unit.repeat(500_000))).toBeUndefined()
    }
  })
})

interface Node {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly text: string
  readonly children: readonly Node[]
}

function written({ name, attributes, text, children }: Node): string {
  const pairs = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(value)}"`)
  return `<${name}${pairs.join('')}>${escaped(text)}${children.map(written).join('')}</${name}>`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}

function plain(element: ReturnType<typeof parseXml>): Node | undefined {
  if (element === undefined) return undefined
  const { name, attributes, text, children } = element
  return {
    name,
    attributes: Object.fromEntries(attributes),
    text,
    children: children.flatMap((one) => plain(one) ?? []),
  }
}

describe('an episode', () => {
  it.each([
    ['The.Show.S01E02.1080p.WEB', 'the show|1-2'],
    ['the show - s1e2 [720p]', 'the show|1-2'],
    ['The Show 1x02', 'the show|1-2'],
    ['The Show S01E02E03', 'the show|1-2-3'],
    ['The.Show.S01E02.PROPER', 'the show|1-2|repaired'],
    ['The Daily 2026.03.05 x264', 'the daily|2026-3-5'],
    ['Debian 13.1 amd64', undefined],
    ['S01E02', undefined],
    ['s1'.repeat(150), undefined],
  ])('%j is %j', (title, episode) => {
    expect(episodeOf(title)).toBe(episode)
  })
})
