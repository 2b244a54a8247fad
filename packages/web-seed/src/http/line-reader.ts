// Collects lines that end in CR LF, however they are cut on the way. Strict: no bare CR or LF, no control characters, and
// no more bytes than were allowed.

/** Why bytes are not HTTP; the connection gives it a server's name. */
export class HttpSyntaxError extends Error {
  override readonly name = 'HttpSyntaxError'
}

const LF = 0x0a
/** What may stand in a line (RFC 9112, 5.5): tab, space, visible characters, bytes above ASCII. */
const LINE = /^[\t\x20-\x7e\x80-\xff]*$/

/** Reads line after line. */
export class LineReader {
  #text = ''
  #allowed = 0
  #line: string | undefined

  /** Allows `bytes` more for the lines to come, their ends included. */
  allow(bytes: number): void {
    this.#allowed = bytes
  }

  /** The line that the last `read` has completed, without its end, one character per byte. */
  get line(): string | undefined {
    return this.#line
  }

  /** Takes bytes from `at` on up to the end of a line; returns the position after what it took. */
  read(bytes: Uint8Array, at: number): number {
    const found = bytes.indexOf(LF, at)
    const end = found === -1 ? bytes.length : found + 1
    this.#allowed -= end - at
    if (this.#allowed < 0) throw new HttpSyntaxError('header too long')
    this.#text += latin1(bytes.subarray(at, end))
    this.#line = found === -1 ? undefined : this.#take()
    return end
  }

  #take(): string {
    const text = this.#text
    this.#text = ''
    const line = text.slice(0, -2)
    if (!text.endsWith('\r\n') || !LINE.test(line)) throw new HttpSyntaxError('malformed line')
    return line
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}
