// The daemon's settings: what each means, what it is and why, and how to change it. One is changed at a time.

import type { SettingView } from '@ccbt/rpc-client'
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'

import { daemon } from '../../daemon/rpc.ts'
import { safeText } from '../../model/safe-text.ts'
import { choicesOf, findSettings, isChanged, sourceText } from '../../model/settings.ts'
import { usePage } from '../page.ts'

/** The list with its search; another `revision` has the daemon asked again. */
export function SettingList({ revision }: { readonly revision: number }): JSX.Element {
  const [settings, setSettings] = useState<readonly SettingView[] | undefined>(undefined)
  const [error, setError] = useState('')
  const [text, setText] = useState('')
  const [openKey, setOpenKey] = useState('')
  useEffect(() => {
    daemon.settings().then(setSettings, (cause: unknown) => setError(messageOf(cause)))
  }, [revision])
  const sections = findSettings(settings ?? [], text)
  const changed = (setting: SettingView): void => {
    setSettings((all) => all?.map((one) => (one.key === setting.key ? setting : one)))
    setOpenKey('')
  }
  return (
    <>
      <input
        type="search"
        placeholder="Search the settings"
        aria-label="Search the settings"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      {error !== '' && <p class="notice is-error">{error}</p>}
      {settings !== undefined && sections.length === 0 && (
        <p class="notice">{settings.length === 0 ? 'This daemon has no configuration.' : 'Nothing matches.'}</p>
      )}
      <div class="settings-list">
        {sections.map(({ name, settings: members }) => (
          <section key={name} aria-label={name}>
            <h3>{name}</h3>
            {members.map((setting) => (
              <Setting
                key={setting.key}
                setting={setting}
                isOpen={setting.key === openKey}
                onOpen={(isOpen) => setOpenKey(isOpen ? setting.key : '')}
                onChanged={changed}
              />
            ))}
          </section>
        ))}
      </div>
    </>
  )
}

interface SettingProps {
  readonly setting: SettingView
  readonly isOpen: boolean
  readonly onOpen: (isOpen: boolean) => void
  readonly onChanged: (setting: SettingView) => void
}

function Setting({ setting, isOpen, onOpen, onChanged }: SettingProps): JSX.Element {
  const { key, description, value, locked } = setting
  return (
    <div class="setting" data-key={key}>
      <div>
        <code>{key}</code>
        <p>{description}</p>
      </div>
      <div class="setting-value">
        <code>{value === undefined ? <span class="muted">not set</span> : <bdi>{safeText(value)}</bdi>}</code>
        <span class="muted">{safeText(sourceText(setting))}</span>
      </div>
      {locked === '' ? (
        <button
          type="button"
          class="small"
          aria-label={`Change ${key}`}
          aria-expanded={isOpen}
          onClick={() => onOpen(!isOpen)}
        >
          Change
        </button>
      ) : (
        <p class="muted setting-lock">{safeText(locked)}</p>
      )}
      {isOpen && <Editor setting={setting} onChanged={onChanged} />}
    </div>
  )
}

function Editor({ setting, onChanged }: Pick<SettingProps, 'setting' | 'onChanged'>): JSX.Element {
  const { key, value = '', isMasked, accepts, preset, apply } = setting
  const { say } = usePage()
  const [text, setText] = useState(isMasked ? '' : value)
  const [error, setError] = useState('')
  const change = async (to: string | undefined): Promise<void> => {
    try {
      const now = await daemon.changeSetting(key, to)
      onChanged(now)
      say('done', `${key} is ${now.value ?? 'not set'}${apply === 'restart' ? ' from the next start on' : ''}`)
    } catch (cause) {
      setError(messageOf(cause))
    }
  }
  return (
    <form
      class="setting-editor"
      onSubmit={(event) => {
        event.preventDefault()
        void change(text)
      }}
    >
      <Field setting={setting} text={text} onText={setText} />
      <button type="submit" class="primary">
        Save
      </button>
      <button type="button" disabled={!isChanged(setting)} onClick={() => void change(undefined)}>
        Reset
      </button>
      <p class="muted">
        {accepts}; default {preset ?? 'none'}. It counts {apply === 'live' ? 'at once' : 'from the next start on'}.
      </p>
      {error !== '' && (
        <p class="notice is-error" role="alert">
          {safeText(error)}
        </p>
      )}
    </form>
  )
}

interface FieldProps {
  readonly setting: SettingView
  readonly text: string
  readonly onText: (text: string) => void
}

function Field({ setting, text, onText }: FieldProps): JSX.Element {
  const choices = choicesOf(setting)
  const label = `New value of ${setting.key}`
  if (choices.length === 0) {
    return <input aria-label={label} value={text} onInput={(event) => onText(event.currentTarget.value)} />
  }
  return (
    <select aria-label={label} value={text} onChange={(event) => onText(event.currentTarget.value)}>
      {text === '' && <option value="">not set</option>}
      {choices.map((choice) => (
        <option key={choice} value={choice}>
          {choice}
        </option>
      ))}
    </select>
  )
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
