// The session in the words of the faces.

import { statfs } from 'node:fs/promises'

import type { SessionView, TorrentRow } from '@ccbt/rpc-client'

import type { Engine } from '../engine/engine.ts'

const FREE_SPACE_EVERY_MS = 5000

/** Describes the session; free space is looked up in the background, at most every five seconds. */
export class SessionDescriber {
  readonly #engine: Engine
  #freeBytes = -1
  #lookedAtMs = -FREE_SPACE_EVERY_MS

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** The session, with the sums of its rows. */
  view(rows: readonly TorrentRow[]): SessionView {
    this.#look()
    const { port, externalIps, downloadLimitBps, uploadLimitBps, dhtNodes } = this.#engine.session.summary()
    const total = { downloadBps: 0, uploadBps: 0, downloaded: 0, uploaded: 0, connections: 0 }
    for (const row of rows) {
      total.downloadBps += row.downloadBps
      total.uploadBps += row.uploadBps
      total.downloaded += row.downloaded
      total.uploaded += row.uploaded
      total.connections += row.connections
    }
    return {
      version: this.#engine.version,
      startedAtMs: this.#engine.startedAtMs,
      port,
      externalIps: [externalIps.v4, externalIps.v6].filter((ip) => ip !== undefined),
      ...total,
      downloadLimitBps,
      uploadLimitBps,
      dhtNodes,
      freeBytes: this.#freeBytes,
    }
  }

  #look(): void {
    const now = performance.now()
    if (now - this.#lookedAtMs < FREE_SPACE_EVERY_MS) return
    this.#lookedAtMs = now
    statfs(this.#engine.downloadDirectory).then(
      ({ bavail, bsize }) => (this.#freeBytes = bavail * bsize),
      // The folder does not exist yet, or its disk is gone.
      () => (this.#freeBytes = -1),
    )
  }
}
