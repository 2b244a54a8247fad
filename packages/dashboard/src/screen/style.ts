// What a cell means, in one byte: a role, and whether the cell is part of the row under the cursor. Themes say how that
// looks; screens know nothing of colours.

/** Roles of text. A name, not a colour: each has a word or a sign beside it as well. */
export const STYLE = {
  plain: 0,
  dim: 1,
  strong: 2,
  title: 3,
  key: 4,
  good: 5,
  active: 6,
  waiting: 7,
  bad: 8,
  download: 9,
  upload: 10,
  barDone: 11,
  barRest: 12,
  marked: 13,
  border: 14,
  header: 15,
  input: 16,
  shade1: 17,
  shade2: 18,
  shade3: 19,
  shade4: 20,
} as const

/** One of {@link STYLE}, with {@link CURSOR} added for the row under the cursor. */
export type Style = number

/** Added to a role. */
export const CURSOR = 64
