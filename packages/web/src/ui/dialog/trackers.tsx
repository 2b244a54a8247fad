// The trackers of a torrent as a text to edit.

import type { JSX } from 'preact'
import { useState } from 'preact/hooks'

import { daemon } from '../../daemon/rpc.ts'
import { parseTiers } from '../../model/tracker-tiers.ts'
import { usePage } from '../page.ts'
import { DialogForm } from './dialog.tsx'

/** Asks for trackers; the torrent gets exactly these. */
export function TrackersDialog({ id, text: first }: { readonly id: number; readonly text: string }): JSX.Element {
  const { closeDialog } = usePage()
  const [text, setText] = useState(first)
  return (
    <DialogForm
      title="Trackers"
      action="Set trackers"
      isWide
      onSubmit={async () => {
        await daemon.act([id], { type: 'trackers', tiers: parseTiers(text) })
        closeDialog()
      }}
    >
      <label class="field">
        One a line, an empty line between tiers
        <textarea
          rows={10}
          autoFocus
          spellcheck={false}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
    </DialogForm>
  )
}
