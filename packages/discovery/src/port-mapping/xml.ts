// Reads the small XML that UPnP devices send. It comes from whoever answers on the network: there is no document type
// and so no entity of its own, nothing outside is loaded, size, depth and number of elements are bounded, and what is
// not well-formed is not read at all.

/** An element: its name without prefix, the elements in it, and its text when there are none. */
export interface XmlElement {
  readonly name: string
  readonly children: readonly XmlElement[]
  /** References are resolved; `undefined` when there are others than the five of XML. */
  readonly text: string | undefined
}

/** Longest text that is read, in characters. The descriptions of real gateways take 2 to 10 thousand. */
export const MAX_XML_LENGTH = 65_536
const MAX_ELEMENTS = 1000
const MAX_DEPTH = 16

/** An element whose end is yet to come. */
interface OpenElement {
  readonly name: string
  readonly children: XmlElement[]
  readonly textAt: number
}

// Sticky, and without alternatives that can match the same: linear in the length of what they read.
const OPEN_TAG = /<([A-Za-z_][\w.:-]{0,99})((?:\s+[A-Za-z_][\w.:-]{0,99}\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/y
const CLOSE_TAG = /<\/([A-Za-z_][\w.:-]{0,99})\s*>/y

const REFERENCES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** The root element of `xml`; `undefined` when it is not well-formed, or exceeds a limit. */
export function parseXml(xml: string): XmlElement | undefined {
  return xml.length > MAX_XML_LENGTH ? undefined : new XmlReader(xml).read()
}

/** All elements called `name` in and below `element`, in the order of the document. */
export function elementsNamed(element: XmlElement, name: string): XmlElement[] {
  const own = element.name === name ? [element] : []
  return [...own, ...element.children.flatMap((child) => elementsNamed(child, name))]
}

/** The text of the first element called `name` directly in `element`. */
export function childText(element: XmlElement, name: string): string | undefined {
  return element.children.find((child) => child.name === name)?.text
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
    for (this.#at = this.#nextTag(); this.#at !== -1; this.#at = this.#nextTag()) {
      if (!this.#readTag()) return undefined
    }
    return this.#open.length === 0 ? this.#root : undefined
  }

  #nextTag(): number {
    return this.#xml.indexOf('<', this.#at)
  }

  /** Moves behind the tag at the current place; false ends everything. */
  #readTag(): boolean {
    if (this.#xml.startsWith('<?', this.#at)) return this.#skipTo('?>')
    if (this.#xml.startsWith('<!--', this.#at)) return this.#skipTo('-->')
    const closing = this.#match(CLOSE_TAG)
    if (closing !== undefined) return this.#close(closing[1]!, this.#at - closing[0].length)
    // Document types and CDATA sections end here: no tag of ours starts with an exclamation mark.
    const opening = this.#match(OPEN_TAG)
    return opening !== undefined && this.#openElement(opening[1]!, opening[3] === '/')
  }

  #skipTo(end: string): boolean {
    const found = this.#xml.indexOf(end, this.#at)
    this.#at = found + end.length
    return found !== -1
  }

  #match(tag: RegExp): RegExpExecArray | undefined {
    tag.lastIndex = this.#at
    const match = tag.exec(this.#xml) ?? undefined
    if (match !== undefined) this.#at = tag.lastIndex
    return match
  }

  #openElement(name: string, isEmpty: boolean): boolean {
    this.#elements++
    const isSecondRoot = this.#open.length === 0 && this.#root !== undefined
    if (isSecondRoot || this.#elements > MAX_ELEMENTS || this.#open.length === MAX_DEPTH) return false
    this.#open.push({ name, children: [], textAt: this.#at })
    return isEmpty ? this.#close(name, this.#at) : true
  }

  #close(name: string, textEnd: number): boolean {
    const open = this.#open.pop()
    if (open?.name !== name) return false
    const text = open.children.length === 0 ? resolved(this.#xml.slice(open.textAt, textEnd)) : ''
    const element = { name: localName(name), children: open.children, text }
    const parent = this.#open.at(-1)
    if (parent === undefined) this.#root = element
    else parent.children.push(element)
    return true
  }
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}

/** The text with its references resolved. A comment in it makes it none: nobody writes such a value in good faith. */
function resolved(text: string): string | undefined {
  let isPlain = !text.includes('<')
  const result = text.replaceAll(/&(\w*);?/g, (whole, name: string) => {
    const character = whole.endsWith(';') ? REFERENCES[name] : undefined
    isPlain &&= character !== undefined
    return character ?? ''
  })
  return isPlain ? result.trim() : undefined
}
