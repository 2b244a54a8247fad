// Bytes of a terminal as keys, pastes and mouse events. blessed drops keys that share a read with a mouse event, cuts
// characters beyond the BMP in halves and runs pasted text as keys, so it does not get to see them.

import { StringDecoder } from 'node:string_decoder'

import type { Input } from './input.ts'

/** A paste beyond this is cut: no magnet link and no path is longer. */
const MAX_PASTE = 65_536
/** What is no complete sequence after so many characters never becomes one. */
const MAX_SEQUENCE = 64
const PASTE_BEGIN = '\x1b[200~'
const PASTE_END = '\x1b[201~'
// oxlint-disable-next-line no-control-regex -- ECMA-48: CSI with its parameters, or SS3 with one letter
const SEQUENCE = /^\x1b(?:\[(?<csi>[0-9;<=>?]*[ -/]*[@-~])|O(?<ss3>[A-Za-z]))/
// oxlint-disable-next-line no-control-regex -- the beginning of such a sequence
const UNFINISHED = /^\x1b(?:\[[0-9;<=>?]*[ -/]*|O)?$/

const NAMES: Readonly<Record<string, string>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  F: 'end',
  H: 'home',
  P: 'f1',
  Q: 'f2',
  R: 'f3',
  S: 'f4',
  Z: 'S-tab',
  '1~': 'home',
  '2~': 'insert',
  '3~': 'delete',
  '4~': 'end',
  '5~': 'pageup',
  '6~': 'pagedown',
  '7~': 'home',
  '8~': 'end',
  '11~': 'f1',
  '12~': 'f2',
  '13~': 'f3',
  '14~': 'f4',
  '15~': 'f5',
  '17~': 'f6',
  '18~': 'f7',
  '19~': 'f8',
  '20~': 'f9',
  '21~': 'f10',
  '23~': 'f11',
  '24~': 'f12',
}

const CONTROLS: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\b': 'backspace',
  '\x7f': 'backspace',
  ' ': 'space',
  '\0': 'C-space',
}

/** Puts sequences together across reads. */
export class InputDecoder {
  readonly #utf8 = new StringDecoder('utf8')
  #rest = ''
  #paste: string | undefined

  /** The beginning of a sequence waits for more: {@link InputDecoder.flush} tells that nothing more comes. */
  get isWaiting(): boolean {
    return this.#rest !== '' && this.#paste === undefined
  }

  /** What the bytes complete. */
  push(bytes: Uint8Array): Input[] {
    this.#rest += this.#utf8.write(Buffer.from(bytes))
    return this.#drain(false)
  }

  /** Nothing came for a while: a lone escape is the Escape key. */
  flush(): Input[] {
    return this.#drain(true)
  }

  #drain(isEnd: boolean): Input[] {
    const inputs: Input[] = []
    while (this.#rest !== '') {
      if (this.#paste !== undefined) {
        if (!this.#takePaste(inputs)) break
      } else if (!this.#takeKey(inputs, isEnd)) break
    }
    return inputs
  }

  /** False when more is needed. */
  #takePaste(inputs: Input[]): boolean {
    const end = this.#rest.indexOf(PASTE_END)
    const text =
      end < 0 ? this.#rest.slice(0, Math.max(0, this.#rest.length - PASTE_END.length)) : this.#rest.slice(0, end)
    this.#paste = ((this.#paste ?? '') + text).slice(0, MAX_PASTE)
    this.#rest = this.#rest.slice(text.length)
    if (end < 0) return false
    inputs.push({ type: 'paste', text: this.#paste.replaceAll(/\r\n?/g, '\n') })
    this.#paste = undefined
    this.#rest = this.#rest.slice(PASTE_END.length)
    return true
  }

  #takeKey(inputs: Input[], isEnd: boolean): boolean {
    if (!this.#rest.startsWith('\x1b')) {
      this.#take(inputs, firstCharacter(this.#rest))
      return true
    }
    const match = SEQUENCE.exec(this.#rest)
    if (match !== null) {
      this.#rest = this.#rest.slice(match[0].length)
      if (match[0] === PASTE_BEGIN) this.#paste = ''
      else inputs.push(...sequenceInputs(match.groups?.['csi'] ?? match.groups?.['ss3'] ?? ''))
      return true
    }
    if (!isEnd && this.#rest.length < MAX_SEQUENCE && UNFINISHED.test(this.#rest)) return false
    this.#takeEscape(inputs)
    return true
  }

  /** Escape before a character is what terminals send for Alt. */
  #takeEscape(inputs: Input[]): void {
    const next = firstCharacter(this.#rest.slice(1))
    if (next === '' || next === '\x1b' || next === '[' || next === 'O') {
      inputs.push({ type: 'key', key: 'escape' })
      this.#rest = this.#rest.slice(1)
      return
    }
    inputs.push({ type: 'key', key: `M-${keyOf(next)}` })
    this.#rest = this.#rest.slice(1 + next.length)
  }

  #take(inputs: Input[], char: string): void {
    this.#rest = this.#rest.slice(char.length)
    inputs.push({ type: 'key', key: keyOf(char) })
  }
}

function firstCharacter(text: string): string {
  const code = text.codePointAt(0)
  return code === undefined ? '' : String.fromCodePoint(code)
}

function keyOf(char: string): string {
  const named = CONTROLS[char]
  if (named !== undefined) return named
  const code = char.charCodeAt(0)
  return code < 0x20 ? `C-${String.fromCharCode(code + 0x60)}` : char
}

/** `1;5C`, `3~`, `<0;10;5M`. Unknown ones are nothing. */
function sequenceInputs(body: string): Input[] {
  if (body.startsWith('<')) return mouseInputs(body)
  const final = body.at(-1) ?? ''
  const [first = '', modifier = '1'] = body.slice(0, -1).split(';')
  const name = NAMES[final === '~' ? `${first}~` : final]
  if (name === undefined) return []
  const bits = Number(modifier) - 1
  const prefix = `${(bits & 4) > 0 ? 'C-' : ''}${(bits & 2) > 0 ? 'M-' : ''}${(bits & 1) > 0 ? 'S-' : ''}`
  return [{ type: 'key', key: prefix + name }]
}

const BUTTONS: Readonly<Record<string, 'press' | 'wheel-up' | 'wheel-down'>> = {
  '0': 'press',
  '64': 'wheel-up',
  '65': 'wheel-down',
}

function mouseInputs(body: string): Input[] {
  const [button = '', column = '', row = ''] = body.slice(1, -1).split(';')
  const action = BUTTONS[button]
  if (action === undefined || !body.endsWith('M')) return []
  return [{ type: 'mouse', action, x: Number(column) - 1, y: Number(row) - 1 }]
}
