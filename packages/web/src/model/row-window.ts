// Which rows of a long list are on the screen.

/** Rows from `first` up to but without `end`. */
export interface RowWindow {
  readonly first: number
  readonly end: number
}

/** Rows beyond each edge, so that fast scrolling does not show holes. */
const OVERSCAN = 6

/** The rows to draw of `count` rows of `rowHeight` in a view of `height` that is scrolled to `top`; all in pixels. */
export function rowWindow(view: { top: number; height: number }, rowHeight: number, count: number): RowWindow {
  const first = Math.floor(view.top / rowHeight) - OVERSCAN
  const end = Math.ceil((view.top + view.height) / rowHeight) + OVERSCAN
  return { first: Math.min(Math.max(first, 0), count), end: Math.min(Math.max(end, 0), count) }
}

/** Where to scroll so that row `index` is wholly seen; the view stays when it is. */
export function scrollTo(index: number, view: { top: number; height: number }, rowHeight: number): number {
  const top = index * rowHeight
  if (top < view.top) return top
  return Math.max(view.top, top + rowHeight - view.height)
}
