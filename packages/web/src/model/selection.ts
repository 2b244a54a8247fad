// Which torrents are chosen, as lists of files do it everywhere: a cursor, an anchor for ranges, and a set of ids.
// All functions give a new selection; `order` is the list as it is shown.

/** Ids of torrents. `cursor` and `anchor` are 0 when there is none. */
export interface Selection {
  readonly ids: ReadonlySet<number>
  readonly cursor: number
  readonly anchor: number
}

/** Nothing is chosen. */
export const NOTHING: Selection = { ids: new Set(), cursor: 0, anchor: 0 }

/** Only one. */
export function only(id: number): Selection {
  return { ids: new Set([id]), cursor: id, anchor: id }
}

/** One more, or one less. */
export function toggled({ ids }: Selection, id: number): Selection {
  const next = new Set(ids)
  if (!next.delete(id)) next.add(id)
  return { ids: next, cursor: id, anchor: id }
}

/** Everything from the anchor to `id`. */
export function extended(selection: Selection, id: number, order: readonly number[]): Selection {
  const from = order.indexOf(selection.anchor)
  const to = order.indexOf(id)
  if (from === -1 || to === -1) return only(id)
  const ids = new Set(order.slice(Math.min(from, to), Math.max(from, to) + 1))
  return { ids, cursor: id, anchor: selection.anchor }
}

/** The cursor `steps` rows further, or at the end where the list has no more; with `extends` from the anchor on. */
export function moved(selection: Selection, steps: number, order: readonly number[], extend: boolean): Selection {
  if (order.length === 0) return NOTHING
  const at = order.indexOf(selection.cursor)
  const start = at === -1 && steps > 0 ? -1 : Math.max(at, 0)
  const id = order[Math.min(Math.max(start + steps, 0), order.length - 1)] ?? 0
  return extend ? extended(selection, id, order) : only(id)
}

/** All of them; the cursor stays. */
export function all(selection: Selection, order: readonly number[]): Selection {
  return { ...selection, ids: new Set(order) }
}

/** Without the torrents that are gone; the same object when none is. */
export function pruned(selection: Selection, isThere: (id: number) => boolean): Selection {
  const { ids, cursor, anchor } = selection
  if (Array.from(ids).every(isThere) && (cursor === 0 || isThere(cursor))) return selection
  const kept = new Set(Array.from(ids).filter(isThere))
  return { ids: kept, cursor: isThere(cursor) ? cursor : 0, anchor: isThere(anchor) ? anchor : 0 }
}
