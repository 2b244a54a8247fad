// A disk that fails for real: a file system on a loop device. Reads fail with EIO when the end of its image is cut off,
// writes come to nothing when the image's holes cannot be filled.

import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, statfsSync, truncateSync } from 'node:fs'
import { join } from 'node:path'

const IMAGE_BYTES = 24 * 1_048_576

/** The file system's own blocks are in this part. */
const HEAD_BYTES = 8 * 1_048_576

/** Why there can be no such disk here; undefined when there can. */
export function loopDiskMissing(): string | undefined {
  const script =
    'set -e; d=$(mktemp -d); trap "umount $d; rm -r $d" EXIT; mount -t tmpfs tmpfs $d; cd $d; truncate -s 1M image; ' +
    'mkfs.ext2 -q -F image; mkdir disk; mount -o loop image disk; umount disk; fallocate --dig-holes image; cd /'
  const { status, stderr } = spawnSync('sh', ['-c', script], { encoding: 'utf8' })
  return status === 0 ? undefined : `no loop device: ${stderr.trim().split('\n')[0]}`
}

/** A small disk, until the end of the scope. */
export class LoopDisk implements Disposable {
  /** Where it is mounted. */
  readonly path: string
  readonly #store: string
  readonly #image: string

  /** Makes one below `folder`. */
  constructor(folder: string) {
    this.path = join(folder, 'disk')
    this.#store = join(folder, 'store')
    this.#image = join(this.#store, 'image')
    for (const path of [this.path, this.#store]) mkdirSync(path)
    run('mount', '-t', 'tmpfs', '-o', `size=${3 * IMAGE_BYTES}`, 'tmpfs', this.#store)
    run('truncate', '-s', String(IMAGE_BYTES), this.#image)
    run('mkfs.ext2', '-q', '-F', '-b', '4096', this.#image)
    run('mount', '-o', 'loop,noatime', this.#image, this.path)
  }

  /** From now on most of what is in this file cannot be read. */
  cutOff(name: string): void {
    run('sync', '-f', this.path)
    cpSync(this.#image, this.#whole)
    truncateSync(this.#image, HEAD_BYTES)
    this.forget(name)
  }

  /** As before {@link LoopDisk.cutOff}. */
  restore(name: string): void {
    run('dd', `if=${this.#whole}`, `of=${this.#image}`, 'conv=notrunc', 'status=none')
    this.forget(name)
  }

  /** From now on only `bytes` more can be written to files of zeros. */
  leave(bytes: number): void {
    run('sync', '-f', this.path)
    run('fallocate', '--dig-holes', this.#image)
    const { blocks, bfree, bsize } = statfsSync(this.#store)
    run('mount', '-o', `remount,size=${(blocks - bfree) * bsize + bytes}`, this.#store)
  }

  /** As before {@link LoopDisk.leave}. */
  giveBack(): void {
    run('mount', '-o', `remount,size=${3 * IMAGE_BYTES}`, this.#store)
  }

  /** Drops what memory has of a file, so that the next read is one of the disk. */
  forget(name: string): void {
    run('dd', `if=${join(this.path, name)}`, 'iflag=nocache', 'count=0', 'status=none')
  }

  [Symbol.dispose](): void {
    for (const path of [this.path, this.#store]) run('umount', path)
  }

  get #whole(): string {
    return join(this.#store, 'whole')
  }
}

function run(command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, { encoding: 'utf8' })
}
