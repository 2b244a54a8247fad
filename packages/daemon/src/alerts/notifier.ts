// Tells people what alerts say, in every way that is configured. A way that fails is told in the log and keeps no other back.

import type { Logger } from '../log/logger.ts'
import type { Notification } from './notification.ts'
import { commandAction, desktopAction } from './program.ts'
import type { ProgramAction } from './program.ts'
import { Webhook } from './webhook.ts'

/** How people are told, besides the log. */
export interface AlertActions {
  readonly webhooks?: readonly string[]
  /** Program and arguments. */
  readonly command?: readonly string[]
  readonly desktop?: boolean
}

/** How one way of telling went. */
export interface ActionOutcome {
  readonly action: string
  /** '' = well. */
  readonly problem: string
}

const LEVELS = { info: 'info', warning: 'warning', critical: 'error' } as const

/** Tells notifications. */
export class Notifier implements Disposable {
  readonly #log: Pick<Logger, 'log'>
  readonly #webhooks: readonly (readonly [name: string, webhook: Webhook])[]
  readonly #programs: readonly (readonly [name: string, program: ProgramAction])[]

  constructor(actions: AlertActions, log: Pick<Logger, 'log'>) {
    this.#log = log
    const { webhooks = [], command = [], desktop = false } = actions
    this.#webhooks = webhooks.map((url) => {
      const name = `webhook ${new URL(url).host}`
      return [name, new Webhook(url, (reason) => this.#failed(name, reason))] as const
    })
    this.#programs = [
      ...(command.length === 0 ? [] : [['command', commandAction(command)] as const]),
      ...(desktop ? [['desktop', desktopAction()] as const] : []),
    ]
  }

  /** Tells it in all ways; returns at once. */
  tell(notification: Notification): void {
    this.#tellLog(notification)
    for (const [, webhook] of this.#webhooks) webhook.send(notification)
    for (const [name, program] of this.#programs) {
      void program.run(notification).then((problem) => {
        if (problem !== undefined) this.#failed(name, problem)
      })
    }
  }

  /** Tells it in all ways, once each, and says how that went. */
  async try(notification: Notification): Promise<ActionOutcome[]> {
    this.#tellLog(notification)
    const outcomes = [
      ...this.#webhooks.map(async ([action, webhook]) => ({
        action,
        problem: (await webhook.post(notification))?.reason ?? '',
      })),
      ...this.#programs.map(async ([action, program]) => ({
        action,
        problem: (await program.run(notification)) ?? '',
      })),
    ]
    return [{ action: 'log', problem: '' }, ...(await Promise.all(outcomes))]
  }

  [Symbol.dispose](): void {
    for (const [, webhook] of this.#webhooks) webhook[Symbol.dispose]()
  }

  #tellLog({ status, severity, summary }: Notification): void {
    const level = status === 'firing' ? LEVELS[severity] : 'info'
    this.#log.log({ level, area: 'alert', text: `${status}: ${summary}` })
  }

  #failed(action: string, reason: string): void {
    this.#log.log({ level: 'warning', area: 'alert', text: `${action}: ${reason}` })
  }
}
