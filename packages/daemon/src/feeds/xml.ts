// Reads the XML of feeds, which comes from strangers: there is no document type and so no entity of its own, nothing outside
// is loaded, and size, depth and number of elements are bounded. What is not well-formed is not read at all, but for names
// of entities that nobody has defined: feeds have HTML's, and they stay as they are.

/** An element. Names are without prefixes. */
export interface XmlElement {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: readonly XmlElement[]
  /** What stands directly in it. */
  readonly text: string
}

/** Longest text that is read, in characters: a feed of a thousand items with descriptions takes one or two million. */
export const MAX_XML_LENGTH = 4_194_304
const MAX_ELEMENTS = 50_000
const MAX_DEPTH = 32
const MAX_ATTRIBUTES = 32

interface OpenElement {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: XmlElement[]
  readonly texts: string[]
}

// Sticky, and without alternatives that can match the same: linear in the length of what they read.
const OPEN_NAME = /<([A-Za-z_][\w.:-]{0,99})/y
const ATTRIBUTE = /\s+([A-Za-z_][\w.:-]{0,99})\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y
const OPEN_END = /\s*(\/?)>/y
const CLOSE_TAG = /<\/([A-Za-z_][\w.:-]{0,99})\s*>/y

/** The root element of `xml`; `undefined` when it is not well-formed, or exceeds a limit. */
export function parseXml(xml: string): XmlElement | undefined {
  return xml.length > MAX_XML_LENGTH ? undefined : new XmlReader(xml).read()
}

class XmlReader {
  readonly #xml: string
  readonly #open: OpenElement[] = []
  #root: XmlElement | undefined
  #elements = 0
  #at = 0

  constructor(xml: string) {
    this.#xml = xml
  }

  read(): XmlElement | undefined {
    for (;;) {
      const tag = this.#xml.indexOf('<', this.#at)
      if (tag === -1) break
      this.#open.at(-1)?.texts.push(resolved(this.#xml.slice(this.#at, tag)))
      this.#at = tag
      if (!this.#readTag()) return undefined
    }
    return this.#open.length === 0 ? this.#root : undefined
  }

  /** Moves behind the tag at the current place; false ends everything. */
  #readTag(): boolean {
    if (this.#xml.startsWith('<?', this.#at)) return this.#skipTo('?>')
    if (this.#xml.startsWith('<!--', this.#at)) return this.#skipTo('-->')
    if (this.#xml.startsWith('<![CDATA[', this.#at)) return this.#readCharacters()
    // Document types end here: no tag of ours starts with an exclamation mark.
    const closing = this.#match(CLOSE_TAG)
    if (closing !== undefined) return this.#close(closing[1]!)
    const opening = this.#match(OPEN_NAME)
    return opening !== undefined && this.#openElement(opening[1]!)
  }

  #skipTo(end: string): boolean {
    const found = this.#xml.indexOf(end, this.#at)
    this.#at = found + end.length
    return found !== -1
  }

  #readCharacters(): boolean {
    const from = this.#at + '<![CDATA['.length
    const isClosed = this.#skipTo(']]>')
    if (isClosed) this.#open.at(-1)?.texts.push(this.#xml.slice(from, this.#at - ']]>'.length))
    return isClosed
  }

  #match(part: RegExp): RegExpExecArray | undefined {
    part.lastIndex = this.#at
    const match = part.exec(this.#xml) ?? undefined
    if (match !== undefined) this.#at = part.lastIndex
    return match
  }

  #openElement(name: string): boolean {
    const attributes = new Map<string, string>()
    for (let found = this.#match(ATTRIBUTE); found !== undefined; found = this.#match(ATTRIBUTE)) {
      attributes.set(localName(found[1]!), resolved(found[2] ?? found[3] ?? ''))
      if (attributes.size > MAX_ATTRIBUTES) return false
    }
    const end = this.#match(OPEN_END)
    const isSecondRoot = this.#open.length === 0 && this.#root !== undefined
    this.#elements++
    if (end === undefined || isSecondRoot || this.#elements > MAX_ELEMENTS || this.#open.length === MAX_DEPTH)
      return false
    this.#open.push({ name, attributes, children: [], texts: [] })
    return end[1] === '/' ? this.#close(name) : true
  }

  #close(name: string): boolean {
    const open = this.#open.pop()
    if (open?.name !== name) return false
    const { attributes, children, texts } = open
    const element = { name: localName(name), attributes, children, text: texts.join('').trim() }
    const parent = this.#open.at(-1)
    if (parent === undefined) this.#root = element
    else parent.children.push(element)
    return true
  }
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}

const REFERENCES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
const MAX_CODE_POINT = 0x10_ff_ff

/** The text with XML's own references and those of characters resolved, once. */
function resolved(text: string): string {
  if (!text.includes('&')) return text
  return text.replaceAll(/&(?:#(\d{1,7})|#x([\da-fA-F]{1,6})|(\w{1,10}));/g, (whole, decimal, hex, name) => {
    if (typeof name === 'string') return Object.hasOwn(REFERENCES, name) ? REFERENCES[name]! : whole
    const code = typeof hex === 'string' ? Number.parseInt(hex, 16) : Number(decimal)
    return code > 0 && code <= MAX_CODE_POINT ? String.fromCodePoint(code) : whole
  })
}
