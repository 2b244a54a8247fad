// Small dialogs that change the chosen torrents: remove, move, labels, limits.

import type { TorrentRow } from '@ccbt/rpc-client'
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'

import { daemon } from '../../daemon/rpc.ts'
import * as format from '../../model/format.ts'
import { safeText } from '../../model/safe-text.ts'
import { usePage } from '../page.ts'
import { DialogForm } from './dialog.tsx'

interface ChangeProps {
  readonly rows: readonly TorrentRow[]
}

/** Names of the first torrents, and how many more there are. */
function Names({ rows }: ChangeProps): JSX.Element {
  const shown = rows.slice(0, 5)
  return (
    <ul class="names">
      {shown.map(({ id, name }) => (
        <li key={id} class="clip">
          <bdi>{safeText(name)}</bdi>
        </li>
      ))}
      {rows.length > shown.length && <li>and {format.count(rows.length - shown.length)} more</li>}
    </ul>
  )
}

function idsOf(rows: readonly TorrentRow[]): number[] {
  return rows.map(({ id }) => id)
}

function titleOf(verb: string, { length }: readonly TorrentRow[]): string {
  return length === 1 ? `${verb} a torrent` : `${verb} ${format.count(length)} torrents`
}

/** Asks before torrents go, and what is to become of their data. */
export function RemoveDialog({ rows }: ChangeProps): JSX.Element {
  const { closeDialog } = usePage()
  const [deletesData, setDeletesData] = useState(false)
  return (
    <DialogForm
      title={titleOf('Remove', rows)}
      action={deletesData ? 'Remove and delete data' : 'Remove'}
      isDangerous
      onSubmit={async () => {
        await daemon.act(idsOf(rows), { type: 'remove', deletesData })
        closeDialog()
      }}
    >
      <Names rows={rows} />
      <label class="tick">
        <input
          type="checkbox"
          checked={deletesData}
          onChange={(event) => setDeletesData(event.currentTarget.checked)}
        />
        Delete the downloaded data too
      </label>
    </DialogForm>
  )
}

/** Asks for the folder where torrents are to be. */
export function MoveDialog({ rows }: ChangeProps): JSX.Element {
  const { closeDialog } = usePage()
  const [directory, setDirectory] = useState(rows[0]?.directory ?? '')
  const [movesData, setMovesData] = useState(true)
  return (
    <DialogForm
      title={titleOf('Move', rows)}
      action="Move"
      isReady={directory.trim() !== ''}
      onSubmit={async () => {
        await daemon.act(idsOf(rows), { type: 'move', directory: directory.trim(), movesData })
        closeDialog()
      }}
    >
      <Names rows={rows} />
      <label class="field">
        Folder, as the daemon's machine names it
        <input
          type="text"
          value={directory}
          autoFocus
          spellcheck={false}
          onInput={(event) => setDirectory(event.currentTarget.value)}
        />
      </label>
      <label class="tick">
        <input type="checkbox" checked={movesData} onChange={(event) => setMovesData(event.currentTarget.checked)} />
        Move the data; otherwise it is expected there already
      </label>
    </DialogForm>
  )
}

/** Asks for labels; torrents get exactly these. */
export function LabelsDialog({ rows }: ChangeProps): JSX.Element {
  const { closeDialog } = usePage()
  const [text, setText] = useState(Array.from(new Set(rows.flatMap(({ labels }) => labels))).join(', '))
  return (
    <DialogForm
      title="Labels"
      action="Set labels"
      onSubmit={async () => {
        await daemon.act(idsOf(rows), { type: 'label', labels: parseLabels(text) })
        closeDialog()
      }}
    >
      <Names rows={rows} />
      <label class="field">
        Labels, with commas between them
        <input type="text" value={text} autoFocus onInput={(event) => setText(event.currentTarget.value)} />
      </label>
    </DialogForm>
  )
}

/** Labels out of a text with commas, each once. */
export function parseLabels(text: string): string[] {
  const labels = text.split(',').map((label) => label.trim())
  return Array.from(new Set(labels.filter((label) => label !== '')))
}

/** What rates are asked for. */
interface LimitsFormProps {
  readonly title: string
  readonly rows: readonly TorrentRow[]
  readonly download: number
  readonly upload: number
  readonly onSet: (limits: { readonly downloadLimitBps: number; readonly uploadLimitBps: number }) => Promise<void>
}

function LimitsForm({ title, rows, download, upload, onSet }: LimitsFormProps): JSX.Element {
  const { closeDialog, say } = usePage()
  const [down, setDown] = useState(typed(download))
  const [up, setUp] = useState(typed(upload))
  const [downloadLimitBps, uploadLimitBps] = [format.parseRate(down), format.parseRate(up)]
  return (
    <DialogForm
      title={title}
      action="Set limits"
      isReady={downloadLimitBps !== undefined && uploadLimitBps !== undefined}
      onSubmit={async () => {
        if (downloadLimitBps === undefined || uploadLimitBps === undefined) return
        await onSet({ downloadLimitBps, uploadLimitBps })
        say('done', `Limits: ↓ ${format.limit(downloadLimitBps)}, ↑ ${format.limit(uploadLimitBps)}`)
        closeDialog()
      }}
    >
      {rows.length > 0 && <Names rows={rows} />}
      <RateField name="Download" text={down} bps={downloadLimitBps} onText={setDown} />
      <RateField name="Upload" text={up} bps={uploadLimitBps} onText={setUp} />
      <p class="muted">500 = 500 KiB/s; 2M, 1.5 MiB/s. Empty or 0 = no limit.</p>
    </DialogForm>
  )
}

interface RateFieldProps {
  readonly name: string
  readonly text: string
  readonly bps: number | undefined
  readonly onText: (text: string) => void
}

function RateField({ name, text, bps, onText }: RateFieldProps): JSX.Element {
  return (
    <label class="field">
      {name}
      <input
        type="text"
        value={text}
        placeholder="no limit"
        aria-invalid={bps === undefined}
        onInput={(event) => onText(event.currentTarget.value)}
      />
      <span class={bps === undefined ? 'is-error' : 'muted'}>
        {bps === undefined ? 'not a rate' : format.limit(bps)}
      </span>
    </label>
  )
}

/** As somebody would type it. */
function typed(bps: number): string {
  return bps === 0 ? '' : `${bps / 1024} KiB/s`
}

/** Asks for limits of torrents. */
export function LimitsDialog({ rows }: ChangeProps): JSX.Element {
  const [first] = rows
  return (
    <LimitsForm
      title={titleOf('Limit', rows)}
      rows={rows}
      download={first?.downloadLimitBps ?? 0}
      upload={first?.uploadLimitBps ?? 0}
      onSet={(limits) => daemon.act(idsOf(rows), { type: 'limit', ...limits })}
    />
  )
}

/** Asks for limits of everything together. */
export function SessionLimitsDialog({
  download,
  upload,
}: {
  readonly download: number
  readonly upload: number
}): JSX.Element {
  return (
    <LimitsForm
      title="Limits of all torrents together"
      rows={[]}
      download={download}
      upload={upload}
      onSet={(limits) => daemon.limit(limits)}
    />
  )
}
