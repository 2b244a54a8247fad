import { readFileSync } from 'node:fs'

/** Names the time since the kernel was started; '' where nothing does. */
export function bootId(): string {
  return readText('/proc/sys/kernel/random/boot_id').trim()
}

/** A file of /proc, '' when there is none. */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // No such process, or no /proc here.
    return ''
  }
}
