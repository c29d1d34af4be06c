/** A point in time, in milliseconds since the Unix epoch. */
export type Instant = number;

/** A span of time, in milliseconds. */
export type Duration = number;

/** The earlier of two instants, where either may be missing. */
export const earliest = (first: Instant | undefined, second: Instant | undefined): Instant | undefined =>
	first === undefined ? second : second === undefined ? first : Math.min(first, second);
