// The process as every exporter describes it: the common names process_* and nodejs_*.

import { readdir, readFile } from 'node:fs/promises'

import type { MetricText } from './metric-text.ts'

const PAGE_BYTES = 4096

/** What has to be asked of the system before it can be written. */
export interface ProcessFacts {
  /** Absent where there is no /proc. */
  readonly openFiles?: number
  readonly maxFiles?: number
  readonly virtualBytes?: number
}

/** Asks the system. */
export async function processFacts(): Promise<ProcessFacts> {
  try {
    const [files, limits, memory] = await Promise.all([
      readdir('/proc/self/fd'),
      readFile('/proc/self/limits', 'utf8'),
      readFile('/proc/self/statm', 'utf8'),
    ])
    const maxFiles = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1])
    return {
      openFiles: files.length,
      ...(Number.isFinite(maxFiles) ? { maxFiles } : {}),
      virtualBytes: Number.parseInt(memory, 10) * PAGE_BYTES,
    }
  } catch {
    // No such system, or one that hides it: these families are left out.
    return {}
  }
}

/** Writes the process. */
export function writeProcess(out: MetricText, { openFiles, maxFiles, virtualBytes }: ProcessFacts): void {
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed, heapTotal, external, arrayBuffers } = process.memoryUsage()
  const startedAtS = Math.round(performance.timeOrigin / 1000)
  out
    .counter('process_cpu_seconds_total', (user + system) / 1e6, 'User and system CPU time.')
    .counter('process_cpu_user_seconds_total', user / 1e6, 'User CPU time.')
    .counter('process_cpu_system_seconds_total', system / 1e6, 'System CPU time.')
    .gauge('process_start_time_seconds', startedAtS, 'Start of the process since the Unix epoch.')
    .gauge('process_resident_memory_bytes', rss, 'Resident memory.')
    .gauge('nodejs_heap_size_used_bytes', heapUsed, 'Used heap of the main thread.')
    .gauge('nodejs_heap_size_total_bytes', heapTotal, 'Heap of the main thread.')
    .gauge('nodejs_external_memory_bytes', external, 'Memory outside of the heap that objects hold.')
    .gauge('nodejs_array_buffers_bytes', arrayBuffers, 'Memory of buffers.')
    .family('nodejs_version_info', 'gauge', 'Version of Node.js.')
    .sample('nodejs_version_info', { version: process.version }, 1)
  if (openFiles !== undefined) out.gauge('process_open_fds', openFiles, 'Open file descriptors.')
  if (maxFiles !== undefined) out.gauge('process_max_fds', maxFiles, 'File descriptors that may be open.')
  if (virtualBytes !== undefined) out.gauge('process_virtual_memory_bytes', virtualBytes, 'Virtual memory.')
}
