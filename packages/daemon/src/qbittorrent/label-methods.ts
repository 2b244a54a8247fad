// Methods about categories and tags.

import { required, textOf } from '../http/arguments.ts'
import type { HttpAnswer } from '../http/route.ts'
import { folderOf } from '../transmission/numbers.ts'
import { listField } from './form.ts'
import { isLabelName } from './label-book.ts'
import type { Call, Method } from './method.ts'
import { json, text } from './method.ts'
import { torrentsOf } from './torrent-list.ts'

/** Every method by its name. */
export const LABEL_METHODS: Readonly<Record<string, Method>> = {
  'torrents/categories': { needs: 'read', run: ({ labels }) => json(Object.fromEntries(labels.lists().categories)) },
  'torrents/createCategory': { needs: 'control', run: (call) => keepCategory(call, false) },
  'torrents/editCategory': { needs: 'control', run: (call) => keepCategory(call, true) },
  'torrents/removeCategories': {
    needs: 'control',
    run: ({ labels, fields }) => labels.removeCategories(new Set(listField(fields, 'categories', /\r?\n/))),
  },
  'torrents/setCategory': { needs: 'control', run: setCategory },
  'torrents/tags': { needs: 'read', run: ({ labels }) => json([...labels.lists().tags]) },
  'torrents/createTags': { needs: 'control', run: (call) => call.labels.addTags(tagsOf(call)) },
  'torrents/deleteTags': { needs: 'control', run: (call) => call.labels.removeTags(new Set(tagsOf(call))) },
  'torrents/addTags': { needs: 'control', run: addTags },
  'torrents/removeTags': { needs: 'control', run: removeTags },
}

function tagsOf({ fields }: Call): string[] {
  return listField(fields, 'tags', ',')
}

/** Making one that there is, and changing one that there is not, are conflicts. */
async function keepCategory({ engine, fields, labels, isOwner }: Call, isThere: boolean): Promise<HttpAnswer | void> {
  const name = required(textOf(fields, 'category'), 'category').trim()
  if (name !== '' && !isLabelName(name)) return text('Incorrect category name', 409)
  if ((labels.category(name) !== undefined) !== isThere) {
    return text(isThere ? 'there is no such category' : 'there is such a category already', 409)
  }
  const savePath = textOf(fields, 'savePath') === '' ? '' : (folderOf(fields, 'savePath') ?? '')
  if (savePath !== '' && !isOwner) await engine.checkFolder(savePath)
  labels.setCategory({ name, savePath })
}

async function setCategory(call: Call): Promise<HttpAnswer | void> {
  const category = required(textOf(call.fields, 'category'), 'category').trim()
  if (category !== '' && call.labels.category(category) === undefined) return text('there is no such category', 409)
  for (const torrent of torrentsOf(call)) await call.labels.assign(torrent, { category })
}

async function addTags(call: Call): Promise<void> {
  const tags = tagsOf(call)
  call.labels.addTags(tags)
  for (const torrent of torrentsOf(call)) {
    const own = call.labels.of(torrent).tags
    await call.labels.assign(torrent, { tags: [...new Set([...own, ...tags])] })
  }
}

/** Those that are named; all when none is. */
async function removeTags(call: Call): Promise<void> {
  const gone = new Set(tagsOf(call))
  for (const torrent of torrentsOf(call)) {
    const tags = gone.size === 0 ? [] : call.labels.of(torrent).tags.filter((tag) => !gone.has(tag))
    await call.labels.assign(torrent, { tags })
  }
}
