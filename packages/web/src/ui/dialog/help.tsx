// The keys, out of the tables that make them work.

import type { JSX } from 'preact'

import { COMMANDS } from '../commands.ts'
import { KEYS, keyName } from '../keys.ts'
import { Dialog } from './dialog.tsx'

/** All keys of the page. */
export function HelpDialog(): JSX.Element {
  const commands = COMMANDS.flatMap(({ key, title }) => (key === undefined ? [] : [{ key, title }]))
  return (
    <Dialog title="Keys" isWide>
      <div class="keys">
        <KeyTable title="The list" keys={KEYS} />
        <KeyTable title="Chosen torrents" keys={commands} />
      </div>
    </Dialog>
  )
}

interface KeyTableProps {
  readonly title: string
  readonly keys: readonly { readonly key: string; readonly title: string }[]
}

function KeyTable({ title, keys }: KeyTableProps): JSX.Element {
  return (
    <table>
      <caption>{title}</caption>
      <tbody>
        {keys.map(({ key, title }) => (
          <tr key={key}>
            <td>
              <kbd>{keyName(key)}</kbd>
            </td>
            <td>{title}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
