// The pieces of one priority in the order of their availability: one permutation array cut into levels, level n
// holding the pieces that n peers have. A piece changes to the next level by one swap and a moved boundary.
//
// Pieces occupy the end of `order`; the gap is in front. A piece leaves through the gap, so it passes only the levels
// below its own, and the rarest pieces, which leave first, pass the fewest.

export class Tier {
  readonly order: Int32Array
  /** Index in `order` of the first piece of each level; the last entry is the end of the array. */
  #first: Int32Array
  /** Shared by all tiers: where in its `order` each piece stands, -1 = in none. */
  readonly #position: Int32Array

  constructor(position: Int32Array, levels: number) {
    this.order = new Int32Array(position.length)
    this.#position = position
    this.#first = new Int32Array(levels + 1).fill(position.length)
  }

  get size(): number {
    return this.order.length - this.#first[0]!
  }

  start(level: number): number {
    return this.#first[level]!
  }

  end(level: number): number {
    return this.#first[level + 1]!
  }

  /** Makes room for more levels. */
  grow(levels: number): void {
    const first = new Int32Array(levels + 1).fill(this.order.length)
    first.set(this.#first)
    this.#first = first
  }

  insert(piece: number, level: number): void {
    let hole = --this.#first[0]!
    for (let above = 1; above <= level; above++) {
      const last = --this.#first[above]!
      if (last !== hole) this.#put(this.order[last]!, hole)
      hole = last
    }
    this.#put(piece, hole)
  }

  remove(piece: number, level: number): void {
    let hole = this.#position[piece]!
    for (let at = level; at >= 0; at--) {
      const first = this.#first[at]!++
      if (first !== hole) this.#put(this.order[first]!, hole)
      hole = first
    }
    this.#position[piece] = -1
  }

  /** Moves a piece from `level` to the next higher one. */
  raise(piece: number, level: number): void {
    const last = --this.#first[level + 1]!
    this.#swap(piece, last)
  }

  /** Moves a piece from `level` to the next lower one. */
  lower(piece: number, level: number): void {
    const first = this.#first[level]!++
    this.#swap(piece, first)
  }

  #swap(piece: number, to: number): void {
    const from = this.#position[piece]!
    if (from === to) return
    this.#put(this.order[to]!, from)
    this.#put(piece, to)
  }

  #put(piece: number, at: number): void {
    this.order[at] = piece
    this.#position[piece] = at
  }
}
