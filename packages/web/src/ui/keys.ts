// Keys of the list that are not commands for torrents, with what they are called in the overview.

/** What a key of the list does. */
export interface ListKeys {
  readonly move: (steps: number, extend: boolean) => void
  readonly toggle: () => void
  readonly selectAll: () => void
  readonly search: () => void
  readonly add: () => void
  readonly help: () => void
  /** Closes the details, or gives up the selection. */
  readonly escape: () => void
}

/** A key with what it does. */
export interface KeyBinding {
  /** As `KeyboardEvent.key` has it. */
  readonly key: string
  readonly title: string
  readonly run: (list: ListKeys, event: KeyboardEvent) => void
}

const PAGE = 15
const TO_THE_END = 1_000_000_000

/** Shift with a key that moves takes what is between into the selection. */
function mover(steps: number): KeyBinding['run'] {
  return ({ move }, { shiftKey }) => move(steps, shiftKey)
}

/** All of them. */
export const KEYS: readonly KeyBinding[] = [
  { key: 'ArrowDown', title: 'Next (with Shift: choose it too)', run: mover(1) },
  { key: 'ArrowUp', title: 'Previous', run: mover(-1) },
  { key: 'j', title: 'Next', run: mover(1) },
  { key: 'k', title: 'Previous', run: mover(-1) },
  { key: 'PageDown', title: 'A page down', run: mover(PAGE) },
  { key: 'PageUp', title: 'A page up', run: mover(-PAGE) },
  { key: 'Home', title: 'First', run: mover(-TO_THE_END) },
  { key: 'End', title: 'Last', run: mover(TO_THE_END) },
  { key: 'g', title: 'First', run: mover(-TO_THE_END) },
  { key: 'G', title: 'Last', run: ({ move }) => move(TO_THE_END, false) },
  { key: ' ', title: 'Choose, or do not', run: ({ toggle }) => toggle() },
  { key: 'a', title: 'Add torrents (with Ctrl: choose all)', run: addOrAll },
  { key: '/', title: 'Search', run: ({ search }) => search() },
  { key: '?', title: 'These keys', run: ({ help }) => help() },
  { key: 'Escape', title: 'Close the details, choose nothing', run: ({ escape }) => escape() },
]

function addOrAll({ add, selectAll }: ListKeys, { ctrlKey, metaKey }: KeyboardEvent): void {
  if (ctrlKey || metaKey) selectAll()
  else add()
}

const NAMES: Readonly<Record<string, string>> = {
  ArrowDown: '↓',
  ArrowUp: '↑',
  PageDown: 'Page ↓',
  PageUp: 'Page ↑',
  ' ': 'Space',
  Escape: 'Esc',
}

/** As keyboards have it. */
export function keyName(key: string): string {
  return NAMES[key] ?? (/^[A-Z]$/.test(key) ? `Shift ${key}` : key)
}
