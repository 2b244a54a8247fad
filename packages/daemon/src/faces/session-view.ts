// The session in the words of the faces.

import { statfs } from 'node:fs/promises'

import type { SessionView } from '@ccbt/rpc-client'

import type { Engine } from '../engine/engine.ts'

const FREE_SPACE_EVERY_MS = 5000

/** Describes the session; free space is looked up in the background, at most every five seconds. */
export class SessionDescriber {
  readonly #engine: Engine
  readonly #version: string
  #freeBytes = -1
  #lookedAtMs = -FREE_SPACE_EVERY_MS

  constructor(engine: Engine, version: string) {
    this.#engine = engine
    this.#version = version
  }

  view(): SessionView {
    this.#look()
    const session = this.#engine.session.snapshot()
    const { port, externalIps, downloadBps, uploadBps, connections, torrents } = session
    return {
      version: this.#version,
      startedAtMs: this.#engine.startedAtMs,
      port,
      externalIps: [externalIps.v4, externalIps.v6].filter((ip) => ip !== undefined),
      downloadBps: Math.round(downloadBps),
      uploadBps: Math.round(uploadBps),
      downloaded: torrents.reduce((total, torrent) => total + torrent.downloaded, 0),
      uploaded: torrents.reduce((total, torrent) => total + torrent.uploaded, 0),
      downloadLimitBps: session.downloadLimitBps,
      uploadLimitBps: session.uploadLimitBps,
      connections,
      dhtNodes: 0,
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
