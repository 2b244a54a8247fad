// One TOML file: read with a bound, parsed, and able to say where in it something is.

import { open } from 'node:fs/promises'
import { isCcbtError } from '@ccbt/primitives'
import { configInvalid, errnoOf } from './errors.ts'
import { findPositions, lineColumn, MAX_NESTING } from './toml-positions.ts'
import type { PositionNode } from './toml-positions.ts'

/** Keys and values of a file; what the values are is not known yet. */
export type Table = Readonly<Record<string, unknown>>

/** Longer files are refused: nobody writes this much by hand. */
const MAX_FILE_BYTES = 1_048_576

/** A parsed file. */
export class Document {
  readonly path: string
  readonly table: Table
  readonly #text: string
  #positions: PositionNode | undefined

  constructor(path: string, text: string, table: Table) {
    this.path = path
    this.#text = text
    this.table = table
  }

  /** `file:line:column` of a key or of its value; of the file's beginning when there is no such key. */
  locate(keys: readonly string[], part: 'key' | 'value' = 'key'): string {
    this.#positions ??= findPositions(this.#text)
    let node: PositionNode | undefined = this.#positions
    for (const key of keys) node = node?.children.get(key)
    return `${this.path}:${place(this.#text, (part === 'value' ? node?.value?.start : undefined) ?? node?.at ?? 0)}`
  }
}

function place(text: string, offset: number): string {
  const { line, column } = lineColumn(text, offset)
  return `${line}:${column}`
}

/**
 * The file at `path`, or `undefined` when there is none.
 * @throws CcbtError CONFIG_INVALID for a file that cannot be read or is no TOML
 */
export async function readDocument(path: string): Promise<Document | undefined> {
  let bytes: Uint8Array
  try {
    bytes = await readBounded(path)
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return undefined
    if (errno === undefined || isCcbtError(error)) throw error
    throw configInvalid([`${path}: ${UNREADABLE[errno] ?? `cannot be read (${errno})`}`], error)
  }
  return await parseDocument(path, bytes)
}

const UNREADABLE: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EISDIR: 'is a folder, not a file',
}

async function readBounded(path: string): Promise<Uint8Array> {
  await using file = await open(path, 'r')
  const { size } = await file.stat()
  if (size > MAX_FILE_BYTES) throw configInvalid([`${path}:1:1: the file is larger than 1 MiB`])
  return await file.readFile()
}

/** @throws CcbtError CONFIG_INVALID */
async function parseDocument(path: string, bytes: Uint8Array): Promise<Document> {
  // Loaded here: most runs have no file to parse.
  const { parse, TomlError } = await import('smol-toml')
  const text = decode(bytes)
  if (text === undefined) throw configInvalid([`${path}:1:1: the file is not UTF-8 text`])
  try {
    return new Document(path, text, parse(text, { maxDepth: MAX_NESTING }))
  } catch (error) {
    if (error instanceof TomlError) {
      throw configInvalid([`${path}:${error.line}:${error.column}: ${reason(error.message)}`], error)
    }
    // The parser's own stack has its end.
    if (error instanceof RangeError) throw configInvalid([`${path}:1:1: the file is nested too deeply`], error)
    throw error
  }
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    // A TypeError is what says that it is not UTF-8.
    return undefined
  }
}

/** The parser's reason without its preface and the lines that it quotes. */
function reason(message: string): string {
  const [first = ''] = message.split('\n')
  return first.replace(/^Invalid TOML document: /, '').replace(/\.$/, '')
}
