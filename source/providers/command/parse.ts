import {failureFromText, type Failure, type FailureCode} from '../../domain/failure.ts';
import {cleanText} from '../../domain/text.ts';
import {toolFailure} from '../supervision/tool-failure.ts';

/** The patterns of a tool, compiled. Named groups of `progress`: `percent`, `bytes`, `total`. */
export type Patterns = {
	readonly progress: RegExp | undefined;
	readonly success: RegExp | undefined;
	readonly complete: RegExp | undefined;
	readonly artefact: RegExp | undefined;
	readonly failures: ReadonlyArray<{readonly pattern: RegExp; readonly code: FailureCode | undefined}>;
};

export type LineMeaning = {
	readonly progress: {readonly percent?: number; readonly bytes?: number; readonly total?: number} | undefined;
	readonly isSuccess: boolean;
	/** The file that was there before is whole. */
	readonly isComplete: boolean;
	/** The place of the failure rule that the line matches. */
	readonly failure: number | undefined;
};

/** Patterns see no more of a line than this, so that a slow one stays slow for a moment only. In UTF-16 units. */
export const longestMatched = 2000;

/** What a line of a tool's output means by its patterns. Never throws. */
export const readLine = (line: string, patterns: Patterns): LineMeaning => {
	const text = cleanText(line.slice(0, longestMatched));
	const groups = patterns.progress?.exec(text)?.groups;
	const failure = patterns.failures.findIndex(({pattern}) => pattern.test(text));
	return {
		progress: groups === undefined ? undefined : progressIn(groups),
		isSuccess: patterns.success?.test(text) ?? false,
		isComplete: patterns.complete?.test(text) ?? false,
		failure: failure < 0 ? undefined : failure,
	};
};

/** Bytes from a size as tools print it: `512`, `1.5MiB`, `1,5 GB`, `300K`. Tools mean powers of 1024 by either spelling. */
export const parseSize = (text: string): number | undefined => {
	const match = /^\s*~?\s*(\d+(?:[.,]\d+)?)\s*([kmgtp]?)(?:i?b(?:ytes?)?)?\s*$/i.exec(text);
	if (match === null) return undefined;
	const power = ' kmgtp'.indexOf((match[2] || ' ').toLowerCase());
	return Math.round(Number((match[1] ?? '').replace(',', '.')) * 1024 ** power);
};

/** The failure that a tool's words mean: its own rules first, then what all tools say. */
export const failureFromWords = (
	tool: string,
	lines: readonly string[],
	patterns: Patterns,
	matched: {readonly line: string; readonly rule: number} | undefined,
	otherwise: string,
): Failure => {
	if (matched !== undefined) {
		const code = patterns.failures[matched.rule]?.code ?? failureFromText(matched.line);
		return toolFailure(tool, code, matched.line, matched.line);
	}

	// The last line that is understood is the closest to the end, and so to its cause.
	const words = lines.map(cleanText).filter(line => line !== '');
	const understood = words.findLast(line => failureFromText(line, 'internal') !== 'internal');
	const line = understood ?? words.at(-1);
	return toolFailure(tool, failureFromText(understood ?? ''), line ?? otherwise, line);
};

const progressIn = (groups: Readonly<Record<string, string | undefined>>): LineMeaning['progress'] => {
	const percent = Number((groups['percent'] ?? '').replace(',', '.'));
	const bytes = parseSize(groups['bytes'] ?? '');
	const total = parseSize(groups['total'] ?? '');
	const hasPercent = groups['percent'] !== undefined && percent >= 0 && percent <= 100;
	return {
		...(hasPercent ? {percent} : {}),
		...(bytes === undefined ? {} : {bytes}),
		...(total === undefined ? {} : {total}),
	};
};
