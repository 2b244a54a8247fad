/** Version of ccbt, as peers and trackers see it. */
export const VERSION = '0.1.0'
