// What a feed offers: RSS 0.91 to 2.0, RSS 1.0 and Atom, with the names that torrent sites and Torznab add to them.

import { parseXml } from './xml.ts'
import type { XmlElement } from './xml.ts'

const MAX_ITEMS = 1000
const MAX_TITLE = 300
const MAX_ADDRESS = 4096

/** One thing that a feed offers. */
export interface FeedItem {
  /** What tells it from the others: its guid, or its address. */
  readonly key: string
  readonly title: string
  /** Addresses of the torrent as they are written, the best first: anything may stand here. */
  readonly addresses: readonly string[]
  /** Bytes of the torrent; absent when the feed does not say. */
  readonly length?: number
}

/** The items of a feed, at most 1000 of them; `undefined` when it is none. */
export function readFeed(bytes: Uint8Array): FeedItem[] | undefined {
  const root = parseXml(textOf(bytes))
  if (root === undefined || !ROOTS.has(root.name)) return undefined
  const channels = root.children.filter(({ name }) => name === 'channel')
  return [root, ...channels]
    .flatMap(({ children }) => children.filter(({ name }) => name === 'item' || name === 'entry'))
    .slice(0, MAX_ITEMS)
    .flatMap(itemOf)
}

const ROOTS: ReadonlySet<string> = new Set(['rss', 'RDF', 'feed'])

/** Feeds are in UTF-8, but for old ones that say so. */
function textOf(bytes: Uint8Array): string {
  const head = Buffer.from(bytes.subarray(0, 200)).toString('latin1')
  const isLatin = /^\s*<\?xml[^>]*encoding=["'](?:iso-8859-1|windows-1252)["']/i.test(head)
  return new TextDecoder(isLatin ? 'windows-1252' : 'utf-8').decode(bytes)
}

function itemOf({ children }: XmlElement): FeedItem[] {
  const own = (name: string): string => children.find((child) => child.name === name)?.text ?? ''
  const addresses = addressesOf(children).filter((address) => address !== '' && address.length <= MAX_ADDRESS)
  const [first] = addresses
  if (first === undefined) return []
  const key = [own('guid'), own('id'), first].find((text) => text !== '') ?? first
  const length = lengthOf(children)
  const title = own('title').slice(0, MAX_TITLE)
  return [{ key, title, addresses, ...(length === undefined ? {} : { length }) }]
}

function addressesOf(children: readonly XmlElement[]): string[] {
  const enclosures = children.flatMap((child) => (isEnclosure(child) ? (addressIn(child) ?? []) : []))
  const magnets = [
    ...children.filter(({ name }) => name === 'magnetURI').map(({ text }) => text),
    ...attributesNamed(children, 'magneturl'),
  ]
  const links = children.filter((child) => child.name === 'link' && !isEnclosure(child) && isPlainLink(child))
  return [...enclosures, ...magnets, ...links.map((link) => addressIn(link) ?? link.text)]
}

function isEnclosure({ name, attributes }: XmlElement): boolean {
  return name === 'enclosure' || (name === 'link' && attributes.get('rel') === 'enclosure')
}

function isPlainLink({ attributes }: XmlElement): boolean {
  return ['alternate', undefined].includes(attributes.get('rel'))
}

function addressIn({ attributes }: XmlElement): string | undefined {
  return attributes.get('url') ?? attributes.get('href')
}

/** Values of Torznab's `<torznab:attr name="..." value="..."/>`. */
function attributesNamed(children: readonly XmlElement[], wanted: string): string[] {
  return children.flatMap(({ name, attributes }) =>
    name === 'attr' && attributes.get('name') === wanted ? (attributes.get('value') ?? []) : [],
  )
}

/** Some feeds give the length of the torrent file instead, which is never larger than this. */
const MIN_LENGTH = 10_485_760

function lengthOf(children: readonly XmlElement[]): number | undefined {
  const texts = [
    ...attributesNamed(children, 'size'),
    ...children.filter(({ name }) => name === 'contentLength' || name === 'size').map(({ text }) => text),
    ...children.filter(isEnclosure).map(({ attributes }) => attributes.get('length') ?? ''),
  ]
  return texts
    .filter((text) => /^\d{1,15}$/.test(text))
    .map(Number)
    .find((length) => length > MIN_LENGTH)
}
