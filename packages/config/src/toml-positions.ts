// Where in a TOML document each key and value is. The parser says this for what it refuses only; for a key that is
// unknown to us, and for a value out of its bounds, this second reading of the same text does.
// It expects a document that the parser took. In any other it stops where it understands nothing more; it never throws.

/** A place in the text: offsets of UTF-16 code units. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** A key, table or element of an array. */
export interface PositionNode {
  /** Offset of the key's or element's first character where it is first named. */
  readonly at: number
  /** The value; absent for tables that have headers or dotted keys. */
  value?: Span
  /** By key, or by index for elements of arrays and arrays of tables. */
  readonly children: Map<string, PositionNode>
  /** An array of tables: its last element is meant wherever it is named again. */
  isTableArray?: boolean
}

/** A line and column as editors count them: both from 1, columns in UTF-16 code units. */
export interface LineColumn {
  readonly line: number
  readonly column: number
}

/** The tree of all keys and values of a document. */
export function findPositions(text: string): PositionNode {
  const root: PositionNode = { at: 0, children: new Map() }
  new Scanner(text).document(root)
  return root
}

/** The line and column of an offset. */
export function lineColumn(text: string, offset: number): LineColumn {
  const before = text.slice(0, offset)
  const lastBreak = before.lastIndexOf('\n')
  let line = 1
  for (let at = before.indexOf('\n'); at >= 0; at = before.indexOf('\n', at + 1)) line++
  return { line, column: offset - lastBreak }
}

/** The parser refuses deeper documents. */
export const MAX_NESTING = 100

interface Name extends Span {
  readonly name: string
}

const BLANK = /[ \t]*/y
/** Blanks, line breaks and comments. */
const VOID = /(?:[ \t\r\n]+|#[^\n]*)*/y
const BARE_KEY = /[A-Za-z0-9_-]+/y
const BASIC = /"(?:[^"\\\n]|\\.)*"/y
const LITERAL = /'[^'\n]*'/y
/** Up to two quotes more may stand before the three that end it. */
const LONG_BASIC = /"""(?:[^"\\]|\\[^]|"{1,2}(?!"))*"{3,5}/y
const LONG_LITERAL = /'''(?:[^']|'{1,2}(?!'))*'{3,5}/y
/** A number, boolean or date; a date may have a blank in it. */
const BARE_VALUE = /[^,\]}#\s]+(?: \d[^,\]}#\s]*)?/y

class Scanner {
  readonly #text: string
  #at: number

  constructor(text: string) {
    this.#text = text
    this.#at = text.startsWith('\ufeff') ? 1 : 0
  }

  document(root: PositionNode): void {
    let table = root
    for (;;) {
      this.#take(VOID)
      if (this.#at >= this.#text.length) return
      const header = this.#text[this.#at] === '[' ? this.#header(root) : undefined
      if (header !== undefined) table = header
      else if (!this.#entry(table, 0)) return
    }
  }

  /** `[a.b]` or `[[a.b]]`: the table that the following lines are about. */
  #header(root: PositionNode): PositionNode | undefined {
    const isArray = this.#text.startsWith('[[', this.#at)
    const brackets = isArray ? 2 : 1
    const from = this.#at
    this.#at += brackets
    const names = this.#names()
    const last = names?.pop()
    if (names === undefined || last === undefined || !this.#text.startsWith(']'.repeat(brackets), this.#at)) {
      this.#at = from
      return undefined
    }
    this.#at += brackets
    let table = root
    for (const name of names) table = latest(child(table, name))
    const named = child(table, last)
    if (!isArray) return latest(named)
    named.isTableArray = true
    return child(named, { name: String(named.children.size), start: last.start, end: last.end })
  }

  /** `a.b = value`; false when it is not one. */
  #entry(table: PositionNode, depth: number): boolean {
    const names = this.#names()
    if (names === undefined || this.#text[this.#at] !== '=') return false
    this.#at++
    this.#take(BLANK)
    let node = table
    for (const name of names) node = child(node, name)
    return this.#value(node, depth)
  }

  /** A dotted key and the blanks after it. */
  #names(): Name[] | undefined {
    const names: Name[] = []
    do {
      if (names.length > 0) this.#at++
      this.#take(BLANK)
      const start = this.#at
      const raw = this.#take(BARE_KEY) ?? this.#take(BASIC) ?? this.#take(LITERAL)
      if (raw === undefined) return undefined
      names.push({ name: keyName(raw), start, end: this.#at })
      this.#take(BLANK)
    } while (this.#text[this.#at] === '.')
    return names
  }

  #value(node: PositionNode, depth: number): boolean {
    const start = this.#at
    const isRead = this.#readValue(node, depth)
    node.value = { start, end: this.#at }
    return isRead
  }

  #readValue(node: PositionNode, depth: number): boolean {
    if (depth > MAX_NESTING) return false
    const first = this.#text[this.#at]
    if (first === '[') return this.#items(']', () => this.#element(node, depth + 1))
    if (first === '{') return this.#items('}', () => this.#entry(node, depth + 1))
    const string = first === '"' ? [LONG_BASIC, BASIC] : first === "'" ? [LONG_LITERAL, LITERAL] : [BARE_VALUE]
    return string.some((pattern) => this.#take(pattern) !== undefined)
  }

  #element(node: PositionNode, depth: number): boolean {
    const at = { name: String(node.children.size), start: this.#at, end: this.#at }
    return this.#value(child(node, at), depth)
  }

  /** What stands between an opening bracket, which is here, and its closing one. */
  #items(end: string, item: () => boolean): boolean {
    do {
      this.#at++
      this.#take(VOID)
      if (this.#text[this.#at] === end) break
      if (!item()) return false
      this.#take(VOID)
    } while (this.#text[this.#at] === ',')
    if (this.#text[this.#at] !== end) return false
    this.#at++
    return true
  }

  /** What `pattern` matches here, which is then behind us. */
  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const match = pattern.exec(this.#text)
    if (match === null) return undefined
    this.#at = pattern.lastIndex
    return match[0]
  }
}

function child(parent: PositionNode, { name, start }: Name): PositionNode {
  let node = parent.children.get(name)
  if (node === undefined) {
    node = { at: start, children: new Map() }
    parent.children.set(name, node)
  }
  return node
}

function latest(node: PositionNode): PositionNode {
  return (node.isTableArray === true ? node.children.get(String(node.children.size - 1)) : undefined) ?? node
}

const ESCAPES: Readonly<Record<string, string>> = { b: '\b', t: '\t', n: '\n', f: '\f', r: '\r', e: '\u001b' }
const ESCAPE = /\\(?:(x[\dA-Fa-f]{2}|u[\dA-Fa-f]{4}|U[\dA-Fa-f]{8})|(.))/g
const MAX_CODE_POINT = 0x10_ff_ff

function keyName(raw: string): string {
  if (raw.startsWith("'")) return raw.slice(1, -1)
  if (!raw.startsWith('"')) return raw
  return raw.slice(1, -1).replace(ESCAPE, (_, hex?: string, simple = '') => {
    if (hex === undefined) return ESCAPES[simple] ?? simple
    return String.fromCodePoint(Math.min(Number.parseInt(hex.slice(1), 16), MAX_CODE_POINT))
  })
}
