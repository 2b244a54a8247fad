// One published or followed folder, which is worked on until it is stopped: what fails is tried again later.

import { setTimeout as sleep } from 'node:timers/promises'

import type { Session } from '@ccbt/core'
import type { Publication, PublicationView } from '@ccbt/rpc-client'

import type { Report } from '../automation-note.ts'
import type { PublicationNews, PublicationRunner, RunningPublication } from './runner.ts'

/** A disk that was not there may be there then. */
const RETRY_MS = 60_000

/** What it works with. */
export interface JobParts {
  readonly session: Session
  readonly runner: PublicationRunner
  readonly report: Report
}

/** Works on one publication. */
export class PublicationJob {
  readonly publication: Publication
  readonly #parts: JobParts
  readonly #stop = new AbortController()
  /** Ends the present attempt: its signal goes with it, and with all that listens there. */
  #attempt = new AbortController()
  #running: RunningPublication | undefined
  #work: Promise<void> = Promise.resolve()
  #link = ''
  #version = 0
  #news: PublicationNews = { text: 'it begins', isProblem: false }

  constructor(publication: Publication, parts: JobParts) {
    this.publication = publication
    this.#parts = parts
  }

  /** Begins, or rejects when it cannot. */
  async begin(): Promise<void> {
    await this.#open()
    this.#work = this.#goOn()
  }

  /** Begins as soon as it can. */
  keepTrying(): void {
    this.#work = this.#goOn()
  }

  view(): Omit<PublicationView, 'id'> {
    const { kind, directory } = this.publication
    const { text: news, isProblem } = this.#news
    return { kind, directory, link: this.#link, version: this.#version, news, isProblem }
  }

  /** Ends it; its torrents stay in the session, which is about to be closed. */
  async stop(): Promise<void> {
    this.#stop.abort()
    this.#attempt.abort()
    await this.#work
  }

  /** Ends it and takes its torrents out of the session. */
  async remove(): Promise<void> {
    await this.stop()
    await this.#forget()
  }

  async #open(): Promise<void> {
    const { session, runner } = this.#parts
    const tell = (news: PublicationNews): void => this.#tell(news)
    const { signal } = (this.#attempt = new AbortController())
    this.#running = await runner(this.publication, { session, tell, signal })
    this.#link = this.#running.link
  }

  async #goOn(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      try {
        if (this.#running === undefined) await this.#open()
        await this.#running?.run()
      } catch (error) {
        if (signal.aborted) return
        // Whatever is wrong with one folder, the daemon goes on with everything else.
        this.#tell({ text: error instanceof Error ? error.message : String(error), isProblem: true })
      }
      if (signal.aborted) return
      await this.#forget()
      // The end by the signal is seen by the loop.
      await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined)
    }
  }

  async #forget(): Promise<void> {
    this.#attempt.abort()
    await this.#running?.forget()
    this.#running = undefined
  }

  #tell(news: PublicationNews): void {
    this.#news = news
    if (news.version !== undefined) this.#version = news.version
    const { directory } = this.publication
    this.#parts.report({
      level: news.isProblem ? 'warning' : 'info',
      area: 'daemon',
      text: `${directory}: ${news.text}`,
    })
  }
}
