// `sync/maindata`: everything once, then what changed. A client names the answer that it saw last (`rid`); what that answer
// stood for is remembered for a while, and who comes with one that is forgotten gets everything again.

import { randomInt } from 'node:crypto'

import type { SessionView, StateDelta } from '@ccbt/rpc-client'

import type { Engine } from '../engine/engine.ts'
import { numberField } from './form.ts'
import type { Category, LabelLists } from './label-book.ts'
import type { Call } from './method.ts'
import { infoOf } from './torrent-info.ts'
import { transferInfo } from './transfer.ts'

/** Answers that are remembered, those of all clients together. */
const MAX_ANSWERS = 1000
/** Clients keep the number in few bits. */
const MAX_RID = 1_000_000

interface Answer {
  readonly revision: number
  readonly labels: LabelLists
}

/** The answers of a daemon's run. */
export class MainData {
  readonly #answers = new Map<number, Answer>()
  /** Not where an earlier run began: its numbers mean nothing now. */
  #rid: number = randomInt(MAX_RID)

  /** What changed since the answer that the client names. */
  since(call: Call): unknown {
    const { book, fields, labels } = call
    const known = this.#answers.get(numberField(fields, 'rid') ?? 0)
    const delta = book.since(known?.revision)
    const lists = labels.lists()
    const rid = this.#remember({ revision: delta.revision, labels: lists })
    const rows = { torrents: rowsOf(delta, call), server_state: serverState(call, delta.session) }
    if (known === undefined || delta.isFull) {
      const categories = Object.fromEntries(lists.categories)
      return { rid, full_update: true, ...rows, categories, tags: [...lists.tags] }
    }
    const removed = book.removedHashes(known.revision)
    return {
      rid,
      ...rows,
      ...(removed.length === 0 ? {} : { torrents_removed: removed }),
      ...changes(known.labels, lists),
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

function rowsOf({ torrents }: StateDelta, { engine, labels }: Call): object {
  return Object.fromEntries(
    torrents.flatMap(({ id, infoHash }) => {
      const torrent = engine.byId(id)
      return torrent === undefined ? [] : [[infoHash, infoOf(torrent, labels)]]
    }),
  )
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
