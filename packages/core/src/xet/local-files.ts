// Reads from files of other torrents, or of none, what may be of use here. They are never written to. A file that has not
// the size and time that it had when it was indexed is not read at all.
//
// Bound: MAX_OPEN handles; the one that was not used for the longest time makes room.

import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'

import type { IndexedFile } from '@ccbt/xet'

const MAX_OPEN = 16

/** Reads indexed files. */
export class LocalFiles implements AsyncDisposable {
  /** By path, the least recently used first; `undefined` = not what the index says. */
  readonly #open = new Map<string, Promise<FileHandle | undefined>>()
  /** Files that could not be read as they were indexed. */
  readonly stale: Set<string> = new Set()

  /** Reads into all of `into`; false when the file is not what it was. */
  async read(file: IndexedFile, offset: number, into: Uint8Array): Promise<boolean> {
    if (this.stale.has(file.path)) return false
    const handle = await this.#handleOf(file)
    const bytes = handle === undefined ? 0 : await readAll(handle, offset, into)
    if (bytes === into.length) return true
    this.stale.add(file.path)
    return false
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const handles = [...this.#open.values()]
    this.#open.clear()
    await Promise.all(handles.map(async (handle) => (await handle)?.close()))
  }

  #handleOf(file: IndexedFile): Promise<FileHandle | undefined> {
    const handle = this.#open.get(file.path) ?? openUnchanged(file)
    this.#open.delete(file.path)
    this.#open.set(file.path, handle)
    const [oldest] = this.#open
    if (this.#open.size > MAX_OPEN && oldest !== undefined) {
      this.#open.delete(oldest[0])
      // A read that is under way ends first: closing waits for it.
      void oldest[1].then((old) => old?.close())
    }
    return handle
  }
}

/** A file that cannot be opened is as good as gone: what the index says is a hint. */
async function openUnchanged({ path, size, mtimeMs }: IndexedFile): Promise<FileHandle | undefined> {
  let handle: FileHandle
  try {
    // Not blocking: a FIFO in the place of the file would wait for a writer.
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch {
    return undefined
  }
  const now = await handle.stat()
  if (now.isFile() && now.size === size && now.mtimeMs === mtimeMs) return handle
  await handle.close()
  return undefined
}

/** Bytes read; fewer than asked for when the file ends or its disk fails, which is all the same here. */
async function readAll(handle: FileHandle, offset: number, into: Uint8Array): Promise<number> {
  let at = 0
  try {
    while (at < into.length) {
      const { bytesRead } = await handle.read(into, at, into.length - at, offset + at)
      if (bytesRead === 0) break
      at += bytesRead
    }
  } catch {
    return 0
  }
  return at
}
