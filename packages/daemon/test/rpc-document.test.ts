// docs/rpc.md names the methods and fields that there are: its tables are made of the code. CCBT_WRITE_DOCS=1 writes them.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, it } from 'vitest'

import { FACE_SCOPES } from '../src/faces/endpoint.ts'
import { METHODS } from '../src/transmission/methods.ts'
import { TORRENT_FIELDS } from '../src/transmission/torrent-fields.ts'

const PATH = join(import.meta.dirname, '../../../docs/rpc.md')

const tables: Readonly<Record<string, string>> = {
  methods: scopeTable(Object.entries(METHODS).map(([name, { needs }]) => [name, needs])),
  'own-methods': scopeTable(Object.entries(FACE_SCOPES)),
  fields: Object.keys(TORRENT_FIELDS)
    .toSorted((a, b) => a.localeCompare(b, 'en'))
    .map((name) => `\`${name}\``)
    .join(', '),
}

function scopeTable(rows: readonly (readonly [method: string, scope: string])[]): string {
  return ['| Method | Scope |', '| --- | --- |', ...rows.map(([name, scope]) => `| \`${name}\` | ${scope} |`)].join(
    '\n',
  )
}

it('docs/rpc.md has the methods and fields of the code', () => {
  const text = readFileSync(PATH, 'utf8')
  const expected = Object.entries(tables).reduce(
    (page, [name, table]) =>
      page.replace(
        new RegExp(`(<!-- ${name} -->\n)[^]*?(\n?<!-- /${name} -->)`),
        (_, begin: string) => `${begin}\n${table}\n\n<!-- /${name} -->`,
      ),
    text,
  )
  if (process.env['CCBT_WRITE_DOCS'] === '1') writeFileSync(PATH, expected)
  else expect(text).toBe(expected)
})
