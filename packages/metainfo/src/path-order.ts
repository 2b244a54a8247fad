// The order of files in a v2 torrent: that of a bencoded file tree, whose keys are sorted by their bytes (BEP 52).

/** Below 0 when `a` comes first in a file tree: compared component by component, by the bytes of UTF-8. */
export function comparePaths(a: readonly string[], b: readonly string[]): number {
  const shared = Math.min(a.length, b.length)
  for (let depth = 0; depth < shared; depth++) {
    const order = compareNames(a[depth]!, b[depth]!)
    if (order !== 0) return order
  }
  return a.length - b.length
}

/** UTF-16 units have the order of UTF-8 bytes, save that characters beyond the first 65536 come in surrogates. */
function compareNames(a: string, b: string): number {
  const shared = Math.min(a.length, b.length)
  for (let at = 0; at < shared; at++) {
    const unitA = a.charCodeAt(at)
    const unitB = b.charCodeAt(at)
    if (unitA !== unitB) return weight(unitA) - weight(unitB)
  }
  return a.length - b.length
}

function weight(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}
