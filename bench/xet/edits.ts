// The table of edits: what travels, and how long it takes, until somebody who has the old version of a file has the new one.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { EDITS, oldVersion } from '../../packages/core/test/xet-edits.ts'
import type { Edit } from '../../packages/core/test/xet-edits.ts'
import { isInstalled } from '../../test/interop/drivers/network.ts'
import { median } from '../macro/results.ts'
import { CCBT } from './ccbt.ts'
import { OTHERS } from './others.ts'
import { FILE } from './tool.ts'
import type { Tool, Update } from './tool.ts'

const TOOLS: readonly Tool[] = [...CCBT, ...OTHERS]

/** Gives the table as Markdown. Tools take turns within each edit. */
export async function benchEdits(root: string, rounds: number): Promise<string> {
  const missing = (tool: Tool): string[] => tool.programs.filter((program) => !isInstalled(program))
  const tools = TOOLS.filter((tool) => missing(tool).length === 0)
  const rows: string[][] = []
  for (const edit of EDITS) rows.push([edit.what, ...(await measureEdit(root, rounds, { edit, tools }))])
  const head = ['', ...tools.map(({ name }) => name)]
  const rule = head.map((_, column) => (column === 0 ? '---' : '--:'))
  const lines = [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`)
  const counted = tools.map(({ name, counted: how }) => `${name}: ${how}`).join('; ')
  const skipped = TOOLS.filter((tool) => missing(tool).length > 0).map((tool) => `${tool.name} is not installed`)
  return [...lines, '', `Counted: ${counted}.`, ...skipped].join('\n')
}

interface Comparison {
  readonly edit: Edit
  readonly tools: readonly Tool[]
}

async function measureEdit(root: string, rounds: number, { edit, tools }: Comparison): Promise<string[]> {
  const [old, next] = [join(root, 'old'), join(root, 'next')]
  const before = oldVersion()
  for (const [folder, data] of [
    [old, before],
    [next, edit.apply(before)],
  ] as const) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, FILE), data)
  }
  const updates = new Map<Tool, Update[]>(tools.map((tool) => [tool, []]))
  for (let round = 0; round < rounds; round++) {
    for (const tool of tools) {
      const work = join(root, 'work')
      mkdirSync(work)
      const update = await tool.update({ old, next, work })
      rmSync(work, { recursive: true })
      updates.get(tool)!.push(update)
      const kib = (update.bytes / 1024).toFixed(0)
      process.stderr.write(`${edit.what}: ${tool.name} ${kib} KiB, ${update.seconds.toFixed(2)} s\n`)
    }
  }
  return tools.map((tool) => cell(updates.get(tool)!))
}

function cell(updates: readonly Update[]): string {
  const kib = median(updates.map(({ bytes }) => bytes))! / 1024
  const seconds = median(updates.map((update) => update.seconds))!
  return `${kib.toFixed(0)} KiB, ${seconds.toFixed(2)} s`
}
