// Trackers as people write them down: one a line, an empty line between tiers.

/** The text of trackers in the order of their tiers. */
export function tiersText(trackers: readonly { readonly url: string; readonly tier: number }[]): string {
  const tiers = Map.groupBy(
    trackers.toSorted((a, b) => a.tier - b.tier),
    ({ tier }) => tier,
  )
  return Array.from(tiers.values(), (tier) => tier.map(({ url }) => url).join('\n')).join('\n\n')
}

/** The tiers of a text; none for an empty one. */
export function parseTiers(text: string): string[][] {
  const tiers = text.split(/\n\s*\n/).map((part) => part.split('\n').map((line) => line.trim()))
  return tiers.map((tier) => tier.filter((url) => url !== '')).filter((tier) => tier.length > 0)
}
