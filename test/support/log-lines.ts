import type {LogPage, LogRange} from '../../source/engine/ports.ts';

/** The part of a log in memory that a range means; its places are lines and not bytes. */
export const logLines = (lines: readonly string[], range: LogRange): LogPage => {
	const page = (from: number, next: number): LogPage => ({lines: lines.slice(from, next), from, next});
	if ('tail' in range) return page(Math.max(0, lines.length - range.tail), lines.length);
	if ('before' in range) {
		const next = Math.min(lines.length, range.before);
		return page(Math.max(0, next - range.limit), next);
	}

	const from = Math.min(lines.length, range.from);
	return page(from, Math.min(lines.length, from + range.limit));
};
