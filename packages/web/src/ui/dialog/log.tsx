// What the daemon has to say, as it says it.

import type { LogLine } from '@ccbt/rpc-client'
import type { JSX } from 'preact'
import { useRef, useState } from 'preact/hooks'

import { daemon } from '../../daemon/rpc.ts'
import { safeText } from '../../model/safe-text.ts'
import { usePolled } from '../detail/use-polled.ts'
import { VirtualList } from '../virtual-list.tsx'
import { usePage } from '../page.ts'
import { Dialog } from './dialog.tsx'

const ROW_HEIGHT = 24
/** Lines that the page keeps; older ones go. */
const MAX_LINES = 5000
const LEVELS = ['debug', 'info', 'warning', 'error'] as const

/** The log, newest first. */
export function LogDialog(): JSX.Element {
  const book = useRef<{ next: number; lines: LogLine[] }>({ next: 0, lines: [] })
  const [least, setLeast] = useState<LogLine['level']>('info')
  const { error } = usePolled('log', async () => {
    const { next, lines } = await daemon.log(book.current.next)
    book.current = { next, lines: [...lines.toReversed(), ...book.current.lines].slice(0, MAX_LINES) }
  })
  const shown = book.current.lines.filter(({ level }) => LEVELS.indexOf(level) >= LEVELS.indexOf(least))
  return (
    <Dialog title="Log" isWide>
      <label class="field is-inline">
        From level
        <select
          value={least}
          onChange={({ currentTarget: { value } }) => setLeast(LEVELS.find((l) => l === value) ?? 'info')}
        >
          {LEVELS.map((level) => (
            <option key={level}>{level}</option>
          ))}
        </select>
      </label>
      {error !== '' && <p class="notice is-error">{error}</p>}
      {shown.length === 0 && error === '' && <p class="notice">Nothing yet.</p>}
      <div class="log">
        <VirtualList
          role="log"
          label="Log"
          items={shown}
          rowHeight={ROW_HEIGHT}
          row={(line, index) => <Line key={shown.length - index} line={line} />}
        />
      </div>
    </Dialog>
  )
}

function Line({ line: { atMs, level, area, infoHash, text } }: { readonly line: LogLine }): JSX.Element {
  const { find } = usePage()
  const name = infoHash === '' ? '' : (find(infoHash)?.name ?? '')
  const whole = safeText(name === '' || text.includes(name) ? text : `${name}: ${text}`)
  return (
    <div class={`row log-row level-${level}`}>
      <time>{new Date(atMs).toLocaleTimeString()}</time>
      <span>{level}</span>
      <span>{safeText(area)}</span>
      <bdi class="clip" title={whole}>
        {whole}
      </bdi>
    </div>
  )
}
