// Server-sent events out of text as it comes (HTML standard, 9.2): `event:` and `data:` lines, an empty line between two.

/** One event. */
export interface ServerEvent {
  readonly type: string
  readonly data: string
}

/** Longest event; the stream counts as broken beyond it. */
const MAX_EVENT_LENGTH = 268_435_456

/** Puts events together. */
export class EventLines {
  #rest = ''
  #endsWithLine = false

  /** The events that `text` completes; undefined when the stream cannot be right. */
  push(text: string): ServerEvent[] | undefined {
    // A long event comes in many reads: what came before is not looked at again with each of them.
    const hasEnd = text.includes('\n\n') || (this.#endsWithLine && text.startsWith('\n'))
    if (text !== '') this.#endsWithLine = text.endsWith('\n')
    this.#rest += text
    const blocks = hasEnd ? this.#rest.split('\n\n') : []
    if (hasEnd) this.#rest = blocks.pop() ?? ''
    if (this.#rest.length > MAX_EVENT_LENGTH) return undefined
    return blocks.map(eventOf)
  }
}

function eventOf(block: string): ServerEvent {
  const values = (name: string): string[] =>
    block.split('\n').flatMap((line) => (line.startsWith(`${name}: `) ? [line.slice(name.length + 2)] : []))
  return { type: values('event').at(-1) ?? 'message', data: values('data').join('\n') }
}
