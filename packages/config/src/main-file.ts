// A main file: settings for everything, profiles to choose from, rules, alerts, what a daemon does by itself.

import { readAlerts } from './alerts.ts'
import type { AlertDefinition } from './alerts.ts'
import { AUTOMATION_TABLES, readAutomation } from './automation.ts'
import type { Automation } from './automation.ts'
import type { Document } from './document.ts'
import { isTable, readSettings, tableAt } from './read-settings.ts'
import { readRules } from './rules.ts'
import type { Rule } from './rules.ts'
import { documentLayer } from './settings.ts'
import type { Layer } from './settings.ts'

/** What a main file has. */
export interface MainFile {
  readonly layer: Layer
  readonly profiles: ReadonlyMap<string, Layer>
  readonly rules: readonly Rule[]
  readonly alerts: readonly AlertDefinition[]
  readonly automation: Automation
  readonly problems: readonly string[]
}

/** Reads a main file; profiles are checked whether they are chosen or not. */
export function readMainFile(document: Document, kind: 'system' | 'user'): MainFile {
  const others = ['profiles', 'rule', 'alert', ...AUTOMATION_TABLES]
  const settings = readSettings({ document, path: [], isForTorrent: false, others })
  const { rules, problems: ruleProblems } = readRules(document)
  const { alerts, problems: alertProblems } = readAlerts(document)
  const { automation, problems: automationProblems } = readAutomation(document)
  const problems = [...settings.problems, ...ruleProblems, ...alertProblems, ...automationProblems]
  const profiles = new Map<string, Layer>()
  const { profiles: raw = {} } = document.table
  if (!isTable(raw)) problems.push(`${document.locate(['profiles'])}: profiles begin with a line [profiles.NAME]`)
  for (const [name, content] of Object.entries(tableAt(document.table, ['profiles']))) {
    const path = ['profiles', name]
    if (!isTable(content)) {
      problems.push(`${document.locate(path)}: a profile begins with a line [profiles.${name}]`)
      continue
    }
    const read = readSettings({ document, path, isForTorrent: false })
    profiles.set(name, documentLayer('profile', document, read))
    problems.push(...read.problems)
  }
  return { layer: documentLayer(kind, document, settings), profiles, rules, alerts, automation, problems }
}
