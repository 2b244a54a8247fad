// Notices that a gateway lost its mappings. With each answer it tells the seconds since it last did; when these do not
// go on like our clock, it started anew (RFC 6886, 3.6 and RFC 6887, 8.5).

/** Clocks may differ by an eighth (RFC 6886), and by two seconds. */
const SLACK = 1 / 8
const SLACK_S = 2

/** Follows one gateway; that of the last answer. */
export class GatewayEpoch {
  #last: { readonly gateway: string; readonly epochS: number; readonly nowS: number } | undefined

  /** Takes the time that `gateway` told at `nowMs`; tells whether it lost its mappings since it told the last one. */
  isReset(gateway: string, epochS: number, nowMs: number): boolean {
    const last = this.#last
    const nowS = nowMs / 1000
    this.#last = { gateway, epochS, nowS }
    if (last?.gateway !== gateway) return false
    const theirs = epochS - last.epochS
    const ours = nowS - last.nowS
    return theirs + SLACK_S < ours * (1 - SLACK) || ours + SLACK_S < theirs * (1 - SLACK)
  }
}
