// Adding torrents: where they come from, then what is in them and how they start. Several are looked at one by one.

import type { Preview } from '@ccbt/rpc-client'
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'

import { daemon } from '../../daemon/rpc.ts'
import type { AddOptions } from '../../daemon/rpc.ts'
import * as format from '../../model/format.ts'
import { safeText } from '../../model/safe-text.ts'
import { FileList } from '../file-list.tsx'
import { usePage } from '../page.ts'
import type { NamedSource } from '../page.ts'
import { filesOf, linksOf } from './add-sources.ts'
import { parseLabels } from './change-torrents.tsx'
import { DialogForm } from './dialog.tsx'

/** Asks for sources unless there are some, and looks at each. */
export function AddDialog({ sources }: { readonly sources: readonly NamedSource[] }): JSX.Element {
  const [given, setGiven] = useState(sources)
  const { closeDialog } = usePage()
  const [first, ...others] = given
  if (first === undefined) return <SourceForm onSources={setGiven} />
  const next = (): void => (others.length === 0 ? closeDialog() : setGiven(others))
  return <PreviewForm key={given.length} given={first} left={others.length} onDone={next} />
}

function SourceForm({ onSources }: { readonly onSources: (sources: NamedSource[]) => void }): JSX.Element {
  const { say } = usePage()
  const [text, setText] = useState('')
  const links = linksOf(text)
  const read = (files: Iterable<File>): void => {
    filesOf(files).then(onSources, (error: unknown) => say('error', String(error)))
  }
  return (
    <DialogForm title="Add torrents" action="Next" isReady={links.length > 0} onSubmit={async () => onSources(links)}>
      <label class="field">
        Magnet links or addresses of torrent files, one a line
        <textarea
          rows={4}
          autoFocus
          spellcheck={false}
          placeholder="magnet:?xt=urn:btih:…"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      <label class="field">
        Or torrent files; they can also be dropped anywhere on the page
        <input
          type="file"
          accept=".torrent,application/x-bittorrent"
          multiple
          onChange={(event) => read(event.currentTarget.files ?? [])}
        />
      </label>
    </DialogForm>
  )
}

interface PreviewFormProps {
  readonly given: NamedSource
  /** Sources after this one. */
  readonly left: number
  readonly onDone: () => void
}

interface Choice {
  readonly directory: string
  readonly labels: string
  readonly isPaused: boolean
  readonly isSequential: boolean
  readonly skipped: ReadonlySet<number>
}

const FIRST_CHOICE: Choice = { directory: '', labels: '', isPaused: false, isSequential: false, skipped: new Set() }

function PreviewForm({ given, left, onDone }: PreviewFormProps): JSX.Element {
  const { say } = usePage()
  const { preview, error } = usePreview(given)
  const [choice, setChoice] = useState(FIRST_CHOICE)
  const name = safeText(preview?.name ?? given.name)
  return (
    <DialogForm
      title={left === 0 ? 'Add a torrent' : `Add a torrent (${left} more to come)`}
      isWide
      action={left === 0 ? 'Add' : 'Add, then the next'}
      isReady={preview !== undefined && (preview.files.length === 0 || choice.skipped.size < preview.files.length)}
      onSubmit={async () => {
        const { kind } = await daemon.add(optionsOf(given, choice, preview))
        say('done', kind === 'added' ? `Added ${name}` : `${name} is there already`)
        onDone()
      }}
    >
      <p class="preview-name">
        <bdi>{name}</bdi>
      </p>
      {error !== '' && (
        <p class="notice is-error" role="alert">
          {safeText(error)}
        </p>
      )}
      {preview === undefined && error === '' && <p class="notice">Looking inside…</p>}
      {preview !== undefined && <Files preview={preview} choice={choice} onChoice={setChoice} />}
      <Options choice={choice} onChoice={setChoice} />
    </DialogForm>
  )
}

function usePreview(given: NamedSource): { preview: Preview | undefined; error: string } {
  const [state, setState] = useState<{ preview: Preview | undefined; error: string }>({ preview: undefined, error: '' })
  useEffect(() => {
    let isOver = false
    daemon.preview(given.source).then(
      (preview) => isOver || setState({ preview, error: '' }),
      (error: unknown) =>
        isOver || setState({ preview: undefined, error: error instanceof Error ? error.message : '' }),
    )
    return () => {
      isOver = true
    }
  }, [given])
  return state
}

function optionsOf(given: NamedSource, choice: Choice, preview: Preview | undefined): AddOptions {
  const { directory, labels, isPaused, isSequential, skipped } = choice
  const files = preview?.files ?? []
  return {
    ...given.source,
    ...(directory.trim() === '' ? {} : { directory: directory.trim() }),
    ...(skipped.size === 0 ? {} : { select: files.flatMap(({ index }) => (skipped.has(index) ? [] : [index])) }),
    labels: parseLabels(labels),
    isPaused,
    isSequential,
  }
}

interface ChoiceProps {
  readonly choice: Choice
  readonly onChoice: (choice: Choice) => void
}

function Files({ preview, choice, onChoice }: ChoiceProps & { readonly preview: Preview }): JSX.Element {
  const { files, totalLength, isPrivate } = preview
  if (files.length === 0) return <p class="notice">A magnet link: its files are known when the metadata has come.</p>
  const { skipped } = choice
  const length = files.reduce((total, file) => total + (skipped.has(file.index) ? 0 : file.length), 0)
  return (
    <>
      <p class="muted">
        {files.length - skipped.size} of {files.length} files, {format.bytes(length)} of {format.bytes(totalLength)}
        {isPrivate ? ', private' : ''}
      </p>
      <div class="preview-files">
        <FileList
          files={files}
          isWanted={({ index }) => !skipped.has(index)}
          onWant={(some, isWanted) => {
            const next = new Set(skipped)
            for (const { index } of some) {
              if (isWanted) next.delete(index)
              else next.add(index)
            }
            onChoice({ ...choice, skipped: next })
          }}
        />
      </div>
    </>
  )
}

function Options({ choice, onChoice }: ChoiceProps): JSX.Element {
  return (
    <div class="options">
      <label class="field">
        Folder
        <input
          type="text"
          placeholder="the daemon's download folder"
          spellcheck={false}
          value={choice.directory}
          onInput={(event) => onChoice({ ...choice, directory: event.currentTarget.value })}
        />
      </label>
      <label class="field">
        Labels
        <input
          type="text"
          placeholder="with commas between them"
          value={choice.labels}
          onInput={(event) => onChoice({ ...choice, labels: event.currentTarget.value })}
        />
      </label>
      <label class="tick">
        <input
          type="checkbox"
          checked={!choice.isPaused}
          onChange={(event) => onChoice({ ...choice, isPaused: !event.currentTarget.checked })}
        />
        Start at once
      </label>
      <label class="tick">
        <input
          type="checkbox"
          checked={choice.isSequential}
          onChange={(event) => onChoice({ ...choice, isSequential: event.currentTarget.checked })}
        />
        Download in order
      </label>
    </div>
  )
}
