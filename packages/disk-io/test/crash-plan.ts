// The torrent that crash.test.ts and its child agree on.

export const CRASH_PIECE = 1_310_720
export const CRASH_PLANS: readonly { length: number }[] = [{ length: 1_000_000 }, { length: 0 }, { length: 6_000_000 }]
