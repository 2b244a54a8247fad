// Forms: fields one below the other, of which one has the keys.

import type { Input } from '../terminal/input.ts'
import { editLine, lineOf } from './line-edit.ts'
import { sharedStart } from './words.ts'
import type { Field } from './ui-state.ts'

/** The fields of a form and which of them has the keys. */
export interface Form {
  readonly fields: readonly Field[]
  readonly focus: number
  readonly completions: readonly string[]
}

/** The form after a key that moves or edits; `complete`: the path of the field wants completion. */
export function formInput<F extends Form>(form: F, input: Input): F | 'complete' {
  const field = form.fields[form.focus]
  if (field === undefined) return form
  if (input.type === 'key') {
    const { key } = input
    if (key === 'tab' && isCompletable(field) && form.completions.length === 0) return 'complete'
    if (key === 'tab' || key === 'down') return moveFocus(form, 1)
    if (key === 'S-tab' || key === 'up') return moveFocus(form, -1)
    if (field.isOn !== undefined) return key === 'space' ? withField(form, { ...field, isOn: !field.isOn }) : form
  }
  const line = field.isOn === undefined ? editLine(field.line, input) : undefined
  return line === undefined ? form : withField(form, { ...field, line })
}

/** A path that has begun; a link is none. */
function isCompletable({ isPath, line }: Field): boolean {
  return isPath === true && line.text !== '' && !/^[a-z]{4,6}:/i.test(line.text)
}

function moveFocus<F extends Form>(form: F, by: number): F {
  const focus = (form.focus + by + form.fields.length) % form.fields.length
  return { ...form, focus, completions: [] }
}

/** The form with its focused field replaced. */
export function withField<F extends Form>(form: F, field: Field): F {
  return { ...form, fields: form.fields.with(form.focus, field), completions: [] }
}

/** The form with the candidates for a path; a late answer to an older text changes nothing. */
export function withCompletions<F extends Form>(form: F, path: string, candidates: readonly string[]): F {
  const field = form.fields[form.focus]
  if (field === undefined || field.line.text !== path || field.isPath !== true) return form
  if (candidates.length === 0) return moveFocus(form, 1)
  const shared = sharedStart(candidates)
  const completed = withField(form, { ...field, line: lineOf(shared.length > path.length ? shared : path) })
  const isWhole = candidates.length === 1 && shared === path
  return isWhole ? moveFocus(form, 1) : { ...completed, completions: candidates.length > 1 ? candidates : [] }
}

/** What is typed in a field. */
export function textOf({ fields }: Form, place: number): string {
  return fields[place]?.line.text.trim() ?? ''
}

/** Whether a choice is on. */
export function isOn({ fields }: Form, place: number): boolean {
  return fields[place]?.isOn === true
}
