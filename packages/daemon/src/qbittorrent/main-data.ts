// `sync/maindata`: everything once, then what changed. A client names the answer that it saw last (`rid`); what that answer
// stood for is remembered for a while, and who comes with one that is forgotten gets everything again.

import { randomInt } from 'node:crypto'

import type { SessionView, StateDelta } from '@ccbt/rpc-client'

import type { Engine } from '../engine/engine.ts'
import { numberField } from './form.ts'
import type { Category, LabelLists } from './label-book.ts'
import type { Call } from './method.ts'
import { infoOf } from './torrent-info.ts'
import { TrackerBook } from './tracker-book.ts'
import type { TrackerChanges } from './tracker-book.ts'
import { transferInfo } from './transfer.ts'

/** Answers that are remembered, those of all clients together. */
const MAX_ANSWERS = 1000
/** Clients keep the number in few bits. */
const MAX_RID = 1_000_000

interface Answer {
  readonly revision: number
  readonly labels: LabelLists
  readonly trackerRevision: number
  readonly atMs: number
}

/** The answers of a daemon's run. */
export class MainData {
  readonly #answers = new Map<number, Answer>()
  readonly #trackers = new TrackerBook()
  /** Not where an earlier run began: its numbers mean nothing now. */
  #rid: number = randomInt(MAX_RID)

  /** What changed since the answer that the client names. */
  since(call: Call): unknown {
    const { book, engine, fields, labels } = call
    if (!this.#trackers.update(engine.torrents())) this.#answers.clear()
    const known = this.#answers.get(numberField(fields, 'rid') ?? 0)
    const delta = book.since(known?.revision)
    const lists = labels.lists()
    const rid = this.#remember({
      revision: delta.revision,
      labels: lists,
      trackerRevision: this.#trackers.revision,
      atMs: Date.now(),
    })
    const rows = { torrents: rowsOf(delta, call, known?.atMs), server_state: serverState(call, delta.session) }
    if (known === undefined || delta.isFull) {
      const categories = Object.fromEntries(lists.categories)
      const { trackers } = this.#trackers.since()
      return { rid, full_update: true, ...rows, categories, tags: [...lists.tags], trackers }
    }
    const removed = book.removedHashes(known.revision)
    return {
      rid,
      ...rows,
      ...(removed.length === 0 ? {} : { torrents_removed: removed }),
      ...changes(known.labels, lists),
      ...trackerChanges(this.#trackers.since(known.trackerRevision)),
    }
  }

  #remember(answer: Answer): number {
    this.#rid = (this.#rid % MAX_RID) + 1
    this.#answers.set(this.#rid, answer)
    const [oldest] = this.#answers.keys()
    if (this.#answers.size > MAX_ANSWERS && oldest !== undefined) this.#answers.delete(oldest)
    return this.#rid
  }
}

/** With torrents of which something was decided since then that no other face shows. */
function rowsOf({ torrents }: StateDelta, { engine, labels }: Call, sinceMs = Number.POSITIVE_INFINITY): object {
  const changed = new Set(torrents.flatMap(({ id }) => engine.byId(id) ?? []))
  for (const torrent of engine.torrents()) if (torrent.changedAtMs >= sinceMs) changed.add(torrent)
  return Object.fromEntries(Array.from(changed, (torrent) => [torrent.infoHash, infoOf(torrent, labels)]))
}

/** Names that came, changed or went, by the name of what they are in the answer; nothing for what stayed as it was. */
function changes(before: LabelLists, after: LabelLists): object {
  const changed = [...after.categories].filter(([name, category]) => !isSame(before.categories.get(name), category))
  const gone = [...before.categories.keys()].filter((name) => !after.categories.has(name))
  const tags = [...after.tags].filter((tag) => !before.tags.has(tag))
  const tagsGone = [...before.tags].filter((tag) => !after.tags.has(tag))
  return {
    ...(changed.length === 0 ? {} : { categories: Object.fromEntries(changed) }),
    ...(gone.length === 0 ? {} : { categories_removed: gone }),
    ...(tags.length === 0 ? {} : { tags }),
    ...(tagsGone.length === 0 ? {} : { tags_removed: tagsGone }),
  }
}

function trackerChanges({ trackers, removed }: TrackerChanges): object {
  return {
    ...(Object.keys(trackers).length === 0 ? {} : { trackers }),
    ...(removed.length === 0 ? {} : { trackers_removed: removed }),
  }
}

function isSame(a: Category | undefined, b: Category): boolean {
  return a?.savePath === b.savePath
}

function serverState({ engine }: Call, session: SessionView): object {
  const { current, total } = engine.totals()
  const { downloadQueue, seedQueue } = engine.preferences.now
  return {
    ...transferInfo(engine),
    free_space_on_disk: session.freeBytes,
    total_peer_connections: session.connections,
    alltime_dl: total.downloadedBytes,
    alltime_ul: total.uploadedBytes,
    global_ratio: ratioText(total.uploadedBytes, total.downloadedBytes),
    ...diskNumbers(engine),
    total_wasted_session: 0,
    dl_info_data: current.downloadedBytes,
    up_info_data: current.uploadedBytes,
    queueing: downloadQueue.isOn || seedQueue.isOn,
    use_alt_speed_limits: engine.session.summary().usesAlternativeLimits,
    use_subcategories: false,
    refresh_interval: 1500,
  }
}

/** Percentages and times that we do not measure are there as 0: clients show them without looking whether they are. */
function diskNumbers(engine: Engine): object {
  const { queuedBytes, openBytes } = engine.session.summary().disk
  return {
    total_queued_size: queuedBytes,
    total_buffers_size: openBytes,
    queued_io_jobs: 0,
    average_time_queue: 0,
    read_cache_hits: '0',
    read_cache_overload: '0',
    write_cache_overload: '0',
  }
}

function ratioText(up: number, down: number): string {
  return down === 0 ? '0' : (up / down).toFixed(2)
}
